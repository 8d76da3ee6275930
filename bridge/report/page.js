"use strict";
// Makes the tables of a report searchable and sortable. All rows come with the page, in parts of which the browser lays
// out only those in view; a table that was searched or sorted is divided anew.
addEventListener("DOMContentLoaded", () => {
  const PART = 100; // as in page.py
  const PAUSE = 120; // milliseconds without a key before a search begins
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const figure = new Intl.NumberFormat("en-US");

  const textOf = (item) => (item.text ??= item.row.textContent.toLowerCase());
  const numberOf = (text) => Number(text.replaceAll(",", ""));
  const wordsOf = (text) => text.slice(0, 300);

  class List {
    constructor(section) {
      this.table = section.querySelector("table");
      this.rows = [...this.table.tBodies].flatMap((part) => [...part.rows]).map((row) => ({ row, text: null }));
      this.input = section.querySelector("input");
      this.output = section.querySelector("output");
      this.headings = [...section.querySelectorAll("thead th")];
      this.listen();
      this.count(this.rows);
      section.querySelector(".tools").hidden = false;
    }

    listen() {
      let waiting = 0;
      this.input.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => this.search(), PAUSE);
      });
      this.headings.forEach((heading, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...heading.childNodes);
        button.addEventListener("click", () => this.sort(heading, column));
        heading.append(button);
      });
    }

    get wanted() {
      return this.input.value.trim().toLowerCase();
    }

    search() {
      const found = this.rows.filter((item) => textOf(item).includes(this.wanted));
      for (const part of [...this.table.tBodies]) part.remove();
      for (let first = 0; first < found.length; first += PART) {
        const rows = found.slice(first, first + PART).map((item) => item.row);
        this.table.createTBody().append(...rows);
      }
      this.count(found);
    }

    count(found) {
      const rows = `${figure.format(this.rows.length)} ${this.rows.length === 1 ? "row" : "rows"}`;
      this.output.value = this.wanted === "" ? rows : `${figure.format(found.length)} of ${rows} match`;
    }

    sort(heading, column) {
      const falls = heading.getAttribute("aria-sort") === "ascending";
      for (const other of this.headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const key = heading.classList.contains("number") ? numberOf : wordsOf;
      const keys = new Map(this.rows.map((item) => [item, key(item.row.cells[column].textContent)]));
      const compare = key === numberOf ? (one, other) => one - other : collator.compare;
      const way = falls ? -1 : 1;
      this.rows.sort((one, other) => way * compare(keys.get(one), keys.get(other)));
      this.search();
    }
  }

  for (const section of document.querySelectorAll("section.list")) new List(section);
});
