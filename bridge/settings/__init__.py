"""The config file, the environment, the secrets and the installed adapters."""
