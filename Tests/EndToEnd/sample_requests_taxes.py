"""One valid request for each method that changes taxes."""

import uuid
from collections.abc import Callable

from fastshop.taxes.v1 import tax_service_pb2 as taxes
from fastshop.taxes.v1 import tax_service_pb2_grpc as taxes_grpc
from fastshop.taxes.v1 import tax_settings_pb2 as settings
from sample_environment import SampleEnvironment, SampleRequest
from stubs import CALL_SECONDS, with_id


def _rate() -> dict:
    area = {"country": "NO", "postal_code_from": "01"}
    return {"title": "MVA", "area": area, "category": str(uuid.uuid4()), "percent": "25", "order": 1}


def _stub(env: SampleEnvironment) -> taxes_grpc.TaxServiceStub:
    return taxes_grpc.TaxServiceStub(env.shop.channel)


def _new_rate(env: SampleEnvironment):
    request = with_id(taxes.CreateTaxRateRequest(tax_rate=_rate()))
    return _stub(env).CreateTaxRate(request, metadata=env.staff, timeout=CALL_SECONDS).tax_rate


def create_tax_rate(env: SampleEnvironment) -> SampleRequest:
    made = _rate()
    return SampleRequest({"tax_rate": made}, {"tax_rate": made | {"title": "Other"}}, env.staff, "after")


def update_tax_rate(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": _new_rate(env).id, "percent": "15"}
    return SampleRequest(
        {"tax_rate": changed}, {"tax_rate": changed | {"percent": "12"}}, env.staff, "before after")


def delete_tax_rate(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"tax_rate_id": _new_rate(env).id}, {"etag": "v7"}, env.staff, "before")


def set_tax_category(env: SampleEnvironment) -> SampleRequest:
    fields = {"subject_id": str(uuid.uuid4()), "category": "reduced"}
    return SampleRequest(fields, {"category": "books"}, env.staff, "after")


def create_tax_exemption(env: SampleEnvironment) -> SampleRequest:
    made = {"user_id": str(uuid.uuid4()), "areas": [{"country": "US"}], "reason": "A school"}
    other = {"tax_exemption": made | {"reason": "A library"}}
    return SampleRequest({"tax_exemption": made}, other, env.staff, "after")


def delete_tax_exemption(env: SampleEnvironment) -> SampleRequest:
    made = {"user_id": str(uuid.uuid4()), "reason": "A school"}
    request = with_id(taxes.CreateTaxExemptionRequest(tax_exemption=made))
    exemption = _stub(env).CreateTaxExemption(request, metadata=env.staff, timeout=CALL_SECONDS).tax_exemption
    fields = {"tax_exemption_id": exemption.id}
    return SampleRequest(fields, {"tax_exemption_id": str(uuid.uuid4())}, env.staff, "before")


def set_tax_settings(env: SampleEnvironment) -> SampleRequest:
    chosen = {
        "prices_include_tax": True, "rounding_level": settings.TAX_ROUNDING_LEVEL_LINE,
        "rounding_mode": settings.TAX_ROUNDING_MODE_HALF_UP, "shipping_tax": settings.SHIPPING_TAX_MODE_AS_GOODS,
        "home_country": "DE", "time_zone": "Europe/Berlin", "price_basis": settings.TAX_PRICE_BASIS_NET,
    }
    other = {"settings": chosen | {"home_country": "AT"}}
    return SampleRequest({"settings": chosen}, other, env.staff, "before after")


_SERVICE = "fastshop.taxes.v1.TaxService"

TAX_SAMPLES: dict[str, Callable[[SampleEnvironment], SampleRequest]] = {
    f"{_SERVICE}/CreateTaxRate": create_tax_rate,
    f"{_SERVICE}/UpdateTaxRate": update_tax_rate,
    f"{_SERVICE}/DeleteTaxRate": delete_tax_rate,
    f"{_SERVICE}/SetTaxCategory": set_tax_category,
    f"{_SERVICE}/CreateTaxExemption": create_tax_exemption,
    f"{_SERVICE}/DeleteTaxExemption": delete_tax_exemption,
    f"{_SERVICE}/SetTaxSettings": set_tax_settings,
}
