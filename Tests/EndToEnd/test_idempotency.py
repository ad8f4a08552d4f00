"""Every method with a request_id: repeated, repeated with other content, and sent twice at once, it is carried out
once."""

import queue
import random
import threading
import uuid

import grpc
import pytest
from sample_environment import SampleEnvironment
from sample_requests import SAMPLES, begin, carry_out, methods, policy_of, request_of
from google.rpc import error_details_pb2
from accounts import refused_as
from row_lock import RowLock
from stubs import details_of
from test_durability import entries_of, kill
from waiting import wait_until


@pytest.fixture(scope="module")
def environment(here, cluster) -> SampleEnvironment:
    return SampleEnvironment(here, cluster)


def test_every_method_that_has_a_request_id_is_tried_here():
    named = {name for name, method in methods().items() if policy_of(method).requires_request_id}
    missing = sorted(named - set(SAMPLES))
    assert not missing, f"add a request that succeeds to sample_requests.py for {missing}"


@pytest.mark.parametrize("name", SAMPLES)
def test_sent_at_once_and_again_it_is_done_once_and_gets_the_first_answer(two_shops, environment, name):
    here, there = two_shops
    sample, request_id = SAMPLES[name](environment), str(uuid.uuid4())
    request = request_of(name, sample.fields, request_id)
    calls = [begin(two_shops[n % 2], name, request, sample.metadata) for n in range(sample.at_once)]
    answers = [call.result() for call in calls]
    answers += [carry_out(server, name, request, sample.metadata) for server in (there, here)]
    assert all(answer == answers[0] for answer in answers)
    told = [entry for entry in entries_of(here, page_size=20) if entry.request_id == request_id]
    assert len(told) == (1 if sample.audited else 0)
    if sample.other:
        with pytest.raises(grpc.RpcError) as refusal:
            carry_out(there, name, request_of(name, sample.fields | sample.other, request_id), sample.metadata)
        assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        violation, = details_of(refusal.value, error_details_pb2.PreconditionFailure).violations
        assert (violation.type, violation.subject) == ("REQUEST_ID", request_id)


@pytest.mark.parametrize("name", list(SAMPLES)[:6])
def test_an_id_in_upper_case_is_the_same_id(two_shops, environment, name):
    here, there = two_shops
    sample, request_id = SAMPLES[name](environment), str(uuid.uuid4())
    first = carry_out(here, name, request_of(name, sample.fields, request_id), sample.metadata)
    assert carry_out(there, name, request_of(name, sample.fields, request_id.upper()), sample.metadata) == first


def test_one_persons_id_is_nobody_elses(here, environment):
    """A user who learns an id does not get its response, and does not block another user with the same id."""
    name, request_id = "fastshop.identity.v1.SecondFactorService/ConfirmEnrolment", str(uuid.uuid4())
    answers = []
    for _ in range(2):
        sample = SAMPLES[name](environment)
        answers.append(carry_out(here, name, request_of(name, sample.fields, request_id), sample.metadata))
    assert not set(answers[0].recovery_codes) & set(answers[1].recovery_codes)


@pytest.mark.parametrize("method", ["ConfirmEnrolment", "RenewRecoveryCodes"])
def test_codes_that_are_told_again_do_not_stand_in_the_database(here, environment, cluster, method):
    name = f"fastshop.identity.v1.SecondFactorService/{method}"
    sample, request_id = SAMPLES[name](environment), str(uuid.uuid4())
    codes = carry_out(here, name, request_of(name, sample.fields, request_id), sample.metadata).recovery_codes
    where = f"FROM platform.request WHERE id = '{request_id}'"
    assert cluster.sql(here.database, f"SELECT response IS NULL AND octet_length(sealed) > 100 {where}") == "t"
    stored = bytes.fromhex(cluster.sql(here.database, f"SELECT encode(sealed, 'hex') {where}"))
    assert len(codes) == 10 and not [code for code in codes if code.encode() in stored]


def test_what_failed_may_be_sent_again(here, environment):
    name, request_id = "fastshop.identity.v1.SecondFactorService/ConfirmEnrolment", str(uuid.uuid4())
    sample = SAMPLES[name](environment)
    with pytest.raises(grpc.RpcError) as refusal:
        carry_out(here, name, request_of(name, {"code": "000000"}, request_id), sample.metadata)
    assert refusal.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert carry_out(here, name, request_of(name, sample.fields, request_id), sample.metadata).recovery_codes


def test_a_server_killed_in_the_middle_has_done_nothing(cluster, start_shop, database):
    """The user's row is held from outside, so the call is caught with its id already taken on."""
    url = database()
    doomed, other = start_shop(url), start_shop(url)
    name, request_id = "fastshop.identity.v1.UserService/DisableUser", str(uuid.uuid4())
    sample = SAMPLES[name](SampleEnvironment(other, cluster))
    request, user = request_of(name, sample.fields, request_id), sample.fields["user_id"]
    with RowLock(cluster, other.database, user, "identity.user WHERE id") as lock:
        caught = begin(doomed, name, request, sample.metadata)
        lock.wait_for_waiters(1)
        kill(doomed)
        assert refused_as(caught.result) == grpc.StatusCode.UNAVAILABLE
    first = carry_out(other, name, request, sample.metadata)
    assert first.user.is_disabled and first.user.etag == "v2"
    assert carry_out(other, name, request, sample.metadata) == first
    assert len(entries_of(other, resource_type="fastshop.identity.v1.User", resource_id=user)) == 1


def test_however_often_servers_are_killed_each_change_is_made_once(cluster, start_shop, database):
    url = database()
    survivor = start_shop(url)
    name, staff = "fastshop.identity.v1.RoleService/CreateRole", SampleEnvironment(survivor, cluster).staff
    wanted = [
        request_of(name, {"role": {"name": f"killed-{n}", "title": "Auditor"}}, str(uuid.uuid4())) for n in range(90)
    ]
    answers: dict[str, object] = {}
    chance = random.Random(11)
    for _ in range(3):
        doomed, waiting, answered = start_shop(url), queue.Queue(), []
        for request in wanted:
            waiting.put(request)

        def send():
            while True:
                try:
                    request = waiting.get_nowait()
                    answer = carry_out(doomed, name, request, staff)
                except (queue.Empty, grpc.RpcError):
                    return
                answered.append(request.request_id)
                assert answers.setdefault(request.request_id, answer) == answer

        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        in_flight = chance.randrange(len(wanted) // 2)
        wait_until(lambda: len(answered) >= in_flight)
        kill(doomed)
        for sender in senders:
            sender.join()
    for request in wanted:
        answer = carry_out(survivor, name, request, staff)
        assert answers.setdefault(request.request_id, answer) == answer
    made = cluster.sql(survivor.database, "SELECT count(*), max(version) FROM identity.role")
    assert made == f"{len(wanted)}|1"
    told = cluster.sql(survivor.database, "SELECT count(*) FROM audit.entry WHERE action = 'identity.role.create'")
    assert told == str(len(wanted))
