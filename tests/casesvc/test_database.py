"""Sessions of the database: what the server has ended is given to nobody."""

import sqlalchemy as sa

from casesvc.database import Database
from evidence.act import Actor

BY = Actor(1, "王建国", 1, "文峰大队", "豫消1")


def test_a_connection_that_the_server_has_ended_is_given_to_nobody(postgres_server):
    database = Database(postgres_server.url(postgres_server.create_database()))
    with database.reading() as first, database.reading() as second, database.glance() as third:
        pids = {tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() for tx in (first, second, third)}
    other = sa.create_engine(postgres_server.url("postgres"), isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        for pid in pids:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    other.dispose()
    with database.begin(BY) as act, database.glance() as tx:
        found = {each.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() for each in (act.tx, tx)}
    assert len(pids) == 3
    assert len(found) == 2
    assert found.isdisjoint(pids)
    database.engine.dispose()


def test_a_glance_sees_what_was_committed_and_begins_no_transaction(postgres_server):
    database = Database(postgres_server.url(postgres_server.create_database()))
    with database.begin(BY) as act:
        act.tx.execute(sa.text("CREATE TABLE seen (n int)"))
    with database.glance() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM seen")).scalar_one() == 0
        with database.begin(BY) as act:
            act.tx.execute(sa.text("INSERT INTO seen VALUES (1)"))
        assert tx.execute(sa.text("SELECT count(*) FROM seen")).scalar_one() == 1
        assert tx.execute(sa.text("SELECT now() = statement_timestamp()")).scalar_one()
    with database.begin(BY) as act:  # the same connection, in a transaction again
        act.tx.execute(sa.text("INSERT INTO seen VALUES (2)"))
        act.tx.rollback()
        assert act.tx.execute(sa.text("SELECT count(*) FROM seen")).scalar_one() == 1
    database.engine.dispose()
