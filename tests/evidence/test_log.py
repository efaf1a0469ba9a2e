"""The log: appended, sequenced and published on both databases, also by several at once; what was changed is found."""

import json
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, select

from evidence.checkpoint import covering, head_of, key_of, keys_of, latest, note_of, publish, succeed
from evidence.custody_event import CustodyEvent
from evidence.errors_proof import LogForked, LogKeyChanged
from evidence.exhibit import Kind
from evidence.findings import FindingKind
from evidence.intake import collect_file, receive
from evidence.log import (
    DocumentLeaf,
    LogEntry,
    Sequencer,
    append_document,
    documented,
    index_of_event,
    leaves,
    sequenced,
    tree_of,
)
from evidence.log_findings import log_findings
from evidence.merkle import consistent, leaf_hash, root_by_inclusion
from evidence.note import SigningKey
from evidence.record import What, read
from tests.evidence.conftest import AT
from tests.tampering import tamper


@pytest.fixture
def key():
    return SigningKey("安阳/测试", Ed25519PrivateKey.generate())


def collect(world, count=1):
    made = []
    for at in range(count):
        received = receive(world.store, [b"picture %d" % at], file_name=f"{at}.jpg")
        made.append(collect_file(world.investigator, world.case, received, kind=Kind.PHOTO))
    world.tx.commit()
    return made


def sequence(world, sequencer=None, most=10_000):
    done = (sequencer or Sequencer()).batch(world.tx, AT, most)
    world.tx.commit()
    return done


def kinds(world):
    return {finding.kind for finding in log_findings(world.tx)}


def document_leaf(number="安消火认字〔2026〕第0001号"):
    return DocumentLeaf(number, AT, {"document": number, "kind": "D31", "case": "4105022026O0001", "sha256": "00"})


def test_events_documents_and_the_head_of_the_record_become_leaves(world, key):
    (exhibit,) = collect(world)
    append_document(world.tx, document_leaf())
    read(world.investigator, What.VIEW, purpose="办案", case=world.case, exhibit=exhibit)
    world.tx.commit()
    events = list(world.tx.exec(select(CustodyEvent).order_by(CustodyEvent.id)))
    assert sequence(world) == len(events) + 2
    bodies = [leaf.body for leaf in leaves(world.tx)]
    assert bodies[: len(events)] == [event.body for event in events]
    document, audit = (json.loads(body) for body in bodies[len(events) :])
    assert documented(world.tx) == {document["document"]}
    assert document["v"] == 1
    assert document["kind"] == "D31"
    assert audit.keys() == {"v", "audit", "sha256", "at", "nonce"}
    assert len({json.loads(body)["nonce"] for body in bodies}) == len(bodies)
    assert sequence(world) == 0, "no head again while nothing was read"
    checkpoint = publish(world.tx, key, AT)
    assert note_of(checkpoint).signed_by(key_of(world.tx, checkpoint))
    head, tree = head_of(checkpoint), tree_of(world.tx)
    assert (head.origin, head.size, head.root) == ("安阳/测试", len(bodies), tree.root())
    for index, body in enumerate(bodies):
        assert root_by_inclusion(leaf_hash(body), index, head.size, tree.inclusion(index)) == head.root
    assert [index_of_event(world.tx, event) for event in events] == list(range(len(events)))
    assert covering(world.tx, head.size - 1) == checkpoint
    assert covering(world.tx, head.size) is None
    assert publish(world.tx, key, AT) is None, "nothing new, no new checkpoint"
    assert list(log_findings(world.tx)) == []


def test_each_checkpoint_is_consistent_with_all_before_it(world, key):
    heads = []
    for _ in range(4):
        collect(world, 3)
        sequence(world)
        heads.append(head_of(publish(world.tx, key, AT)))
    tree = tree_of(world.tx)
    for older in heads:
        proof = tree.consistency(older.size)
        assert consistent(older.size, older.root, heads[-1].size, heads[-1].root, proof)


def test_batches_of_any_size_make_the_same_tree(world):
    collect(world, 9)
    sequencer, sizes = Sequencer(), []
    while done := sequence(world, sequencer, most=4):
        sizes.append(done)
    assert sum(sizes) == sequenced(world.tx) == len(list(leaves(world.tx)))
    assert max(sizes) <= 4
    ids = [
        world.tx.exec(select(CustodyEvent.id).where(CustodyEvent.body == leaf.body)).one() for leaf in leaves(world.tx)
    ]
    assert ids == sorted(ids)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite has one writer: nothing is committed late
def test_what_is_committed_late_with_a_smaller_id_is_not_passed_over(world, engine):
    """On PostgreSQL ids are given before the commit: an act under way keeps the mark from moving on."""
    sequencer = Sequencer()
    collect(world)
    with Session(engine, expire_on_commit=False) as other:
        late = LogEntry(kind="document", about="late", at=AT, body=b"late")
        other.add(late)
        other.flush()
        append_document(world.tx, document_leaf("early"))
        world.tx.commit()
        for _ in range(3):
            sequence(world, sequencer)
        before = sequenced(world.tx)
        other.commit()
    for _ in range(3):
        append_document(world.tx, document_leaf(f"after {before}"))
        world.tx.commit()
        sequence(world, sequencer)
    assert b"late" in [leaf.body for leaf in leaves(world.tx)]
    assert list(log_findings(world.tx)) == []


def test_several_sequencers_at_once_make_one_dense_log(world, engine):
    collect(world, 4)
    failures = []

    def work(number):
        sequencer = Sequencer()
        try:
            for at in range(8):
                with Session(engine, expire_on_commit=False) as tx:
                    append_document(tx, document_leaf(f"{number}-{at}"))
                    tx.commit()
                with Session(engine.execution_options(sqlite_begin="BEGIN IMMEDIATE"), expire_on_commit=False) as tx:
                    sequencer.batch(tx, AT, 3)
                    tx.commit()
        except Exception as reason:  # shown below: a thread's exception fails no test by itself
            failures.append(reason)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    while sequence(world):
        pass
    events = len(list(world.tx.exec(select(CustodyEvent.id))))
    assert [leaf.index for leaf in leaves(world.tx)] == list(range(events + 32))
    assert list(log_findings(world.tx)) == []
    said = [json.loads(leaf.body).get("document", "") for leaf in leaves(world.tx)]
    for number in range(4):
        own = [each for each in said if each.startswith(f"{number}-")]
        assert own == sorted(own), "what one committed before the next began comes before it"


def test_a_failure_in_the_middle_leaves_the_log_as_it_was(world, key, monkeypatch):
    collect(world, 2)
    monkeypatch.setattr("evidence.log.upserting", failing)
    with pytest.raises(RuntimeError):
        Sequencer().batch(world.tx, AT)
    world.tx.rollback()
    monkeypatch.undo()
    assert sequenced(world.tx) == 0
    assert sequence(world) > 0
    publish(world.tx, key, AT)
    assert list(log_findings(world.tx)) == []


def test_leaves_of_a_batch_that_was_not_committed_are_taken_by_the_next(world):
    """The same process goes on when a commit fails: it must not take for done what is not there."""
    sequencer = Sequencer()
    collect(world, 6)
    sequence(world, sequencer)
    collect(world, 6)
    for most in (10_000, 3):
        assert sequencer.batch(world.tx, AT, most) > 0
        world.tx.rollback()
    assert sequence(world, sequencer) == 6
    assert sequence(world, sequencer) == 0
    assert list(log_findings(world.tx)) == []


def test_a_leaf_at_an_absurd_place_is_one_finding(published):
    tamper(published.engine, 'UPDATE log_leaf SET "index" = 2000000000 WHERE "index" = 299')
    published.tx.expire_all()
    found = [finding for finding in log_findings(published.tx) if finding.kind is FindingKind.LEAF_MISSING]
    assert [finding.seq for finding in found] == [299]


def failing(*_args):
    raise RuntimeError("the machine went away")


def test_another_key_publishes_only_once_it_succeeded(world, key):
    collect(world)
    sequence(world)
    publish(world.tx, key, AT)
    collect(world)
    sequence(world)
    new = SigningKey("安阳/测试", Ed25519PrivateKey.generate())
    with pytest.raises(LogKeyChanged):
        publish(world.tx, new, AT)
    with pytest.raises(LogKeyChanged):
        succeed(world.tx, key, AT, by=new)
    succeed(world.tx, new, AT + timedelta(hours=1), by=key)
    assert publish(world.tx, new, AT) is not None
    assert [key.line for key in keys_of(world.tx)] == [key.verifier().line, new.verifier().line]
    assert list(log_findings(world.tx)) == []


def test_a_key_that_nobody_named_is_found(world, key):
    collect(world)
    sequence(world)
    publish(world.tx, key, AT)
    succeed(world.tx, SigningKey("安阳/测试", Ed25519PrivateKey.generate()), AT, by=None)
    assert kinds(world) == {FindingKind.KEY_UNKNOWN}


@pytest.fixture
def published(world, key):
    collect(world, 300)
    sequence(world)
    publish(world.tx, key, AT)
    world.tx.commit()
    return world


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE custody_event SET body = body || ' ' WHERE id = 7", {FindingKind.LEAF_DIFFERS}),
        ("DELETE FROM log_leaf WHERE index_ = 9", {FindingKind.LEAF_MISSING}),
        ("DELETE FROM log_leaf WHERE index_ >= 299", {FindingKind.LEAF_MISSING}),
        ("UPDATE log_tile SET hashes = '' WHERE level = 1", {FindingKind.TILE_DIFFERS}),
        ("UPDATE checkpoint SET note = 'x'", {FindingKind.CHECKPOINT_UNSIGNED}),
        ("UPDATE log_leaf SET event_id = 1000000 + event_id WHERE event_id IN (5, 6)", {FindingKind.LEAF_DIFFERS}),
    ],
)
def test_what_was_changed_behind_the_log_is_found(published, statement, found):
    if published.engine.dialect.name == "postgresql":
        statement = statement.replace("body || ' '", "body || '\\x20'").replace("= 'x'", "= '\\x78'")
    tamper(published.engine, statement.replace("index_", '"index"'))
    published.tx.expire_all()
    assert found <= kinds(published)


def test_a_log_made_anew_over_changed_leaves_is_not_published(published, key):
    """Somebody changes an event and computes all hashes anew: the checkpoint that is out contradicts him."""
    change = "UPDATE custody_event SET body = body || ' ' WHERE id = 7"
    if published.engine.dialect.name == "postgresql":
        change = "UPDATE custody_event SET body = body || '\\x20' WHERE id = 7"
    tamper(published.engine, change, "DELETE FROM log_leaf", "DELETE FROM log_tile", "DELETE FROM log_size")
    published.tx.expire_all()
    sequence(published)
    collect(published)
    sequence(published)
    with pytest.raises(LogForked) as refused:
        publish(published.tx, key, AT)
    assert refused.value.older == latest(published.tx).size
    assert FindingKind.CHECKPOINT_DIFFERS in kinds(published)


def test_an_older_backup_that_went_on_is_not_published(published, key):
    """The last twenty events and all the log says of them are gone, as if never recorded; then work goes on."""
    kept = latest(published.tx).size - 20
    gone = f'(SELECT event_id FROM log_leaf WHERE "index" >= {kept})'
    published.tx.rollback()
    tamper(
        published.engine,
        f"DELETE FROM custody_event WHERE id IN {gone}",
        f'DELETE FROM log_leaf WHERE "index" >= {kept}',
        f"UPDATE log_tile SET hashes = substr(hashes, 1, {(kept - 256) * 32}) WHERE level = 0 AND n = 1",
        f"UPDATE log_size SET size = {kept}",
    )
    published.tx.expire_all()
    with pytest.raises(LogForked):
        publish(published.tx, key, AT)
    collect(published, 30)
    sequence(published)
    with pytest.raises(LogForked):
        publish(published.tx, key, AT)
    assert FindingKind.CHECKPOINT_DIFFERS in kinds(published)


def test_two_chains_of_one_exhibit_are_seen_in_the_whole_log(published):
    event = published.tx.exec(select(CustodyEvent)).first()
    published.tx.add(LogEntry(kind="document", about="forged", at=AT, body=event.body))
    published.tx.commit()
    sequence(published)
    assert kinds(published) == {FindingKind.CHAIN_FORKED}
