"""The program of a seller who opens a shop, beside staff who approve it: from an account to products on sale."""

import pathlib
import re
import subprocess
import sys
import uuid

from fastshop.sellers.v1 import seller_admin_service_pb2 as admin
from fastshop.sellers.v1 import seller_admin_service_pb2_grpc as admin_grpc
from accounts import PASSWORD, new_account
from shop_server import ROOT, environment
from stubs import CALL_SECONDS, filled

PROGRAM_SECONDS_MAX = 60
STUBS = pathlib.Path(admin.__file__).parents[3]


def start(shop, email: str, slug: str, *arguments: str, **settings: str) -> subprocess.Popen:
    program = [ROOT / "Clients/python/open_a_shop.py", shop.address, "--email", email, "--slug", slug]
    return subprocess.Popen(
        [sys.executable, *program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment({"FASTSHOP_PASSWORD": PASSWORD, "PYTHONPATH": str(STUBS)} | settings))


def ended(process: subprocess.Popen) -> str:
    """What it has printed, when it has ended well."""
    output, _ = process.communicate(timeout=PROGRAM_SECONDS_MAX)
    assert process.returncode == 0, output
    return output


def decide(shop, method: str, **fields) -> None:
    stub = getattr(admin_grpc.SellerAdminServiceStub(shop.staff), method)
    stub(filled(admin, method, fields), timeout=CALL_SECONDS)


def application_in(line: str) -> str:
    return re.search(r'"applicationId": "([0-9a-f-]{36})"', line)[1]


def test_a_shop_opens_when_staff_approve_it_and_opens_once(shop, cluster):
    email, slug = new_account(shop, cluster, "founder").email, f"shop-{uuid.uuid4().hex}"
    process = start(shop, email, slug)
    command = next(line for line in process.stdout if "ApproveSeller" in line)
    decide(shop, "ApproveSeller", application_id=application_in(command))
    output = ended(process)
    assert f"The shop {slug} is open." in output and "desk: created" in output and "lamp: created" in output
    assert "349.00 EUR  Writing desk: 50 available" in output and "89.00 EUR  Reading lamp: 50 available" in output
    again = ended(start(shop, email, slug))
    assert "desk: unchanged" in again and "Writing desk: 50 available" in again and "is open" not in again


def test_an_applicant_who_is_rejected_learns_why(shop, cluster):
    process = start(shop, new_account(shop, cluster, "refused").email, f"shop-{uuid.uuid4().hex}")
    command = next(line for line in process.stdout if "ApproveSeller" in line)
    decide(shop, "RejectSeller", application_id=application_in(command), reason="The register has no such number.")
    output, _ = process.communicate(timeout=PROGRAM_SECONDS_MAX)
    assert process.returncode == 1 and "rejected: The register has no such number." in output


def test_whoever_is_staff_approves_at_once(shop, cluster):
    email = new_account(shop, cluster, "founder").email
    output = ended(start(
        shop, email, f"shop-{uuid.uuid4().hex}", "--approve", FASTSHOP_TOKEN=shop.staff_token))
    assert "is open" in output and "lamp: created" in output
