"""completion."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from bridge.cli.app import App

_PROGRAM = "bookmark-bridge"
_VARIABLE = "_BOOKMARK_BRIDGE_COMPLETE"
"""Where click looks for the shell that asks. The name is made of the program's."""

_BASH = r"""
%(complete_func)s() {
    local kind value files= word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file) files=-f ;;
            dir) files=-d ;;
        esac
    done < <(
        env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1" 2>/dev/null
    )
    if [[ -n $files || ${#COMPREPLY[@]} -gt 1 || $word == [\"\']* ]]; then
        # Taken for names of files, all are quoted by the shell, and a folder gets its slash.
        compopt -o filenames
    elif [[ ${#COMPREPLY[@]} == 1 ]]; then
        printf -v COMPREPLY[0] %%q "${COMPREPLY[0]}"
    fi
    if [[ -n $files ]]; then
        word=${word#[\"\']}
        while IFS= read -r value; do
            COMPREPLY+=("$value")
        done < <(compgen $files -- "${word//\\/}")
    fi
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
"""In the place of click's, which lets go of the names that it has as soon as files are possible, too."""

_HEADS = {
    "bash": f"""\
# Completion of {_PROGRAM} for bash 4.4 or newer. To have it in every new shell, write this line into ~/.bashrc:
#
#   eval "$({_PROGRAM} completion bash)"
#
# A little quicker, as the program is not started with each shell:
#
#   mkdir -p ~/.local/share/bash-completion/completions
#   {_PROGRAM} completion bash > ~/.local/share/bash-completion/completions/{_PROGRAM}
""",
    "zsh": f"""\
#compdef {_PROGRAM}
# Completion of {_PROGRAM} for zsh. To have it in every new shell, write this line into ~/.zshrc, after compinit:
#
#   eval "$({_PROGRAM} completion zsh)"
#
# A little quicker: write it to a file named _{_PROGRAM} in a folder of your $fpath:
#
#   {_PROGRAM} completion zsh > ~/.zfunc/_{_PROGRAM}
""",
    "fish": f"""\
# Completion of {_PROGRAM} for fish. To have it in every new shell:
#
#   {_PROGRAM} completion fish > ~/.config/fish/completions/{_PROGRAM}.fish
""",
}

_SHELLS: dict[str, tuple[type[ShellComplete], str]] = {
    "bash": (BashComplete, _BASH),
    "zsh": (ZshComplete, ZshComplete.source_template),
    "fish": (FishComplete, FishComplete.source_template),
}


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> int:
    """Write what makes SHELL complete commands, options, accounts, jobs, runs and files.

    How to install it stands in its head, as comments.

    \b
    bookmark-bridge completion bash
    bookmark-bridge completion fish
    """
    script = source(ctx.find_root().command, shell)
    app: App = ctx.obj
    app.result(script, {"shell": shell, "script": script})
    return 0


def source(command: click.Command, shell: str) -> str:
    """Return the script of a shell, with how to install it as comments before it."""
    kind, template = _SHELLS[shell]
    completer = kind(command, {}, _PROGRAM, _VARIABLE)
    # Not completer.source(), which starts a bash to ask for its version.
    body = template % completer.source_vars()
    return _HEADS[shell] + body.replace(f"#compdef {_PROGRAM}\n", "").rstrip() + "\n"
