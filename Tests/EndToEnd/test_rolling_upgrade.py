"""A program that starts on the schema of a newer one: it serves when the newer migrations say that they are compatible,
and refuses otherwise."""

import urllib.parse

import pytest

from shop_server import run
from waiting import wait_until

NEWER = (
    "INSERT INTO public.schema_migration (version, name, checksum, compatible) "
    "VALUES (209912312359, '209912312359_newer', 'of a newer program', {compatible})")


@pytest.fixture
def migrated(cluster, database):
    """A database with the program's own schema, and a function that adds a migration of a newer program."""
    url = database()
    assert run("migrate", env={"DATABASE_URL": url}).returncode == 0
    name = urllib.parse.urlsplit(url).path.strip("/")
    return url, lambda compatible: cluster.sql(name, NEWER.format(compatible=compatible))


def test_an_older_program_serves_on_a_newer_schema_that_is_compatible(migrated, start_shop):
    url, add = migrated
    add("true")
    server = start_shop(url)
    wait_until(lambda: "a compatible migration of a newer program" in server.log)
    assert "209912312359_newer" in server.log


def test_an_older_program_refuses_a_newer_schema_that_is_not_compatible(migrated):
    url, add = migrated
    add("false")
    done = run("migrate", env={"DATABASE_URL": url})
    assert done.returncode == 1
    assert "209912312359_newer, which this program does not know" in done.stderr
