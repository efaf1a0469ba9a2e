"""The service: HTTP API, Chinese pages, command line, accounts and permissions, settings, migrations, jobs."""
