"""The audit log has every privileged action, with the state before and after, and its origin."""

import json
import uuid

import pytest
import shop_server
from sample_environment import SampleEnvironment
from sample_requests import SAMPLES, carry_out, changes_nothing, methods, policy_of, request_of
from fastshop.audit.v1 import audit_entry_pb2 as audit
from fastshop.policy.v1 import policy_pb2
from accounts import PASSWORD, auth, auth_of, bearer, mails_to, new_email, new_account, token_in
from stubs import CALL_SECONDS
from test_durability import entries_of

USER = "fastshop.identity.v1.User"
DISABLE = "fastshop.identity.v1.UserService/DisableUser"


@pytest.fixture(scope="module")
def environment(shop, cluster) -> SampleEnvironment:
    return SampleEnvironment(shop, cluster)


def privileged() -> list[str]:
    """Methods that change something and that only those with power may call."""
    return [
        name for name, method in methods().items()
        if policy_of(method).access == policy_pb2.ACCESS_PERMITTED and not changes_nothing(method)
    ]


def entries_of_sample(environment: SampleEnvironment, name: str, metadata_more=()):
    """The entries that came of carrying a method out."""
    sample = SAMPLES[name](environment)
    before = {entry.id for entry in entries_of(environment.shop, page_size=250)}
    has_id = "request_id" in methods()[name].input_type.fields_by_name
    request = request_of(name, sample.fields, str(uuid.uuid4()) if has_id else "")
    carry_out(environment.shop, name, request, [*sample.metadata, *metadata_more])
    return sample, [entry for entry in entries_of(environment.shop, page_size=250) if entry.id not in before]


def test_administrative_methods_are_for_those_with_power():
    for name, method in methods().items():
        policy = policy_of(method)
        assert not policy.administrative or policy.access == policy_pb2.ACCESS_PERMITTED, name


def test_every_privileged_method_is_tried_here():
    missing = sorted(set(privileged()) - set(SAMPLES))
    assert not missing, f"add a request that succeeds to sample_requests.py for {missing}"


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_done_is_written_down_with_before_and_after(environment, name):
    sample, entries = entries_of_sample(environment, name)
    if name in privileged():
        assert sample.audited, f"{name} is privileged, and nobody would know"
    if not sample.audited:
        assert not entries
        return
    entry, = entries
    assert (entry.method, entry.actor.address) == (name, "127.0.0.1")
    assert entry.actor.kind == (audit.ACTOR_KIND_USER if sample.metadata else audit.ACTOR_KIND_ANONYMOUS)
    assert bool(entry.actor.session_id) == bool(sample.metadata)
    states = {"before": entry.before_json, "after": entry.after_json}
    assert {when for when, state in states.items() if state} == set(sample.audited.split())
    # Which codes there are is no state that may be written down.
    assert entry.before_json != entry.after_json or name.endswith("/RenewRecoveryCodes")
    assert entry.resource_type.startswith("fastshop.") and entry.resource_id
    for state in filter(None, states.values()):
        assert "password" not in json.loads(state) and PASSWORD not in state


def test_an_entry_shows_what_was_changed(environment):
    user, name = environment.user(), "fastshop.identity.v1.UserService/SetUserRole"
    request = request_of(name, {"user_id": user, "role": "support"}, str(uuid.uuid4()))
    carry_out(environment.shop, name, request, environment.staff)
    entry, = entries_of(environment.shop, resource_type=USER, resource_id=user)
    before, after = json.loads(entry.before_json), json.loads(entry.after_json)
    assert (before["role"], after["role"]) == ("customer", "support")
    assert before["etag"] != after["etag"]
    assert "@" not in entry.before_json + entry.after_json, "an entry cannot be erased, so it has no address"


def test_a_role_s_entries_are_found_by_its_name(environment):
    role = environment.role()
    entry, = entries_of(environment.shop, resource_type="fastshop.identity.v1.Role", resource_id=role["name"])
    assert (entry.action, json.loads(entry.after_json)["permissions"]) == ("identity.role.create", ["audit.read"])


def test_an_invitation_shows_the_one_that_it_replaces(environment):
    email = new_email("twice")
    first, second = environment.invitation(email), environment.invitation(email)
    entry, = entries_of(environment.shop, resource_type="fastshop.identity.v1.Invitation", resource_id=second.id)
    assert json.loads(entry.before_json)["id"] == first.id
    assert json.loads(entry.after_json)["email"] == email


def test_a_password_that_changes_is_written_down(environment, shop, cluster):
    person = new_account(shop, cluster, "changing")
    tokens = person.tokens(shop)
    auth_of(shop).ChangePassword(
        auth.ChangePasswordRequest(current_password=PASSWORD, new_password="other words do as well"),
        metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)
    auth_of(shop).RequestPasswordReset(
        auth.RequestPasswordResetRequest(email=person.email), timeout=CALL_SECONDS)
    token = token_in(mails_to(shop.folder / "data" / "mail", person.email, count=3)[-1])
    auth_of(shop).ResetPassword(
        auth.ResetPasswordRequest(token=token, new_password="and these are the third"), timeout=CALL_SECONDS)
    entries = entries_of(shop, resource_type=USER, resource_id=tokens.user_id)
    assert [entry.action for entry in entries] == ["identity.password.reset", "identity.password.change"]
    assert [entry.actor.id for entry in entries] == ["", tokens.user_id]
    assert "words" not in "".join(entry.before_json + entry.after_json for entry in entries)


def test_an_admin_made_by_command_is_written_down(shop):
    email = new_email("boss")
    settings = {"DATABASE_URL": shop.settings["DATABASE_URL"], "FASTSHOP_ADMIN_PASSWORD": PASSWORD}
    keyless = shop_server.run("create-admin", email, env=settings)
    assert keyless.returncode == 1 and "keys" in keyless.stderr, "an entry needs the key that it is signed with"
    settings["FASTSHOP_KEYS"] = shop_server.KEYS
    assert shop_server.run("create-admin", email, env=settings).returncode == 0
    entry = entries_of(shop)[0]
    assert (entry.action, entry.method) == ("identity.user.create_admin", "fastshop create-admin")
    assert entry.actor.kind == audit.ACTOR_KIND_OPERATOR and json.loads(entry.after_json)["role"] == "admin"
    assert shop_server.run("create-admin", email, env=settings).returncode != 0
    assert entries_of(shop)[0].id == entry.id


def test_whoever_calls_through_a_trusted_proxy_is_known_by_their_own_address(start_shop, database, cluster):
    behind = start_shop(database(), FASTSHOP_TRUSTED_PROXIES="127.0.0.1")
    _, (entry,) = entries_of_sample(SampleEnvironment(behind, cluster), DISABLE, [("x-forwarded-for", "203.0.113.7")])
    assert entry.actor.address == "203.0.113.7"
    adjust = "fastshop.inventory.v1.InventoryService/AdjustStock"
    _, (entry,) = entries_of_sample(SampleEnvironment(behind, cluster), adjust, [("x-forwarded-for", "2001:db8::7")])
    assert entry.actor.address == "2001:db8::7"


def test_nobody_is_believed_who_is_no_proxy(environment):
    make = "fastshop.identity.v1.RoleService/CreateRole"
    _, (entry,) = entries_of_sample(environment, make, [("x-forwarded-for", "203.0.113.7")])
    assert entry.actor.address == "127.0.0.1"
