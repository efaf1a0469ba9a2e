"""Register, exhibits, custody events, digests, intake, verification: what a court asks about bytes and hands."""
