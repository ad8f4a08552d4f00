"""One valid request for each method that changes something, for tests that enumerate the methods."""

import importlib
import pathlib
import time
import uuid
from collections.abc import Callable

import jwt
from fastshop.identity.v1 import device_service_pb2 as devices
from fastshop.identity.v1 import device_service_pb2_grpc as devices_grpc
from fastshop.inventory.v1 import warehouse_pb2
from fastshop.policy.v1 import policy_pb2
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import team_pb2
from google.protobuf import descriptor, descriptor_pb2, message_factory
from accounts import PASSWORD, bearer, mails_to, new_email, token_in
from sample_environment import ADDRESS, PIXEL, SampleEnvironment, SampleRequest, application_fields
from sample_requests_catalog import CATALOG_SAMPLES
from sample_requests_promotions import PROMOTIONS_SAMPLES
from sample_requests_taxes import TAX_SAMPLES
from stubs import CALL_SECONDS, products_of, stock_pb2

# Uploads of documents that an account may have at once on one server.
UPLOADS_OF_ACCOUNT = 2


def set_user_role(env: SampleEnvironment) -> SampleRequest:
    user = env.user()
    return SampleRequest({"user_id": user, "role": "support"}, {"role": "manager"}, env.staff, "before after")


def disable_user(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"user_id": env.user(), "reason": "a joke"}, {"reason": "spite"}, env.staff, "before after")


def enable_user(env: SampleEnvironment) -> SampleRequest:
    user = env.user()
    env.cluster.sql(env.shop.database, f"UPDATE identity.user SET disabled_at = now() WHERE id = '{user}'")
    return SampleRequest({"user_id": user}, {"etag": "v7"}, env.staff, "before after")


def end_user_sessions(env: SampleEnvironment) -> SampleRequest:
    tokens = env.person().tokens(env.shop)
    return SampleRequest({"user_id": tokens.user_id}, {"user_id": str(uuid.uuid4())}, env.staff, "after")


def reset_second_factor(env: SampleEnvironment) -> SampleRequest:
    own, _ = env.enrolled()
    user = jwt.decode(own[0][1].removeprefix("Bearer "), options={"verify_signature": False})["sub"]
    return SampleRequest({"user_id": user}, {"etag": "v7"}, env.staff, "before after")


def create_role(env: SampleEnvironment) -> SampleRequest:
    role = {"name": f"r{uuid.uuid4().hex[:20]}", "title": "Auditor", "permissions": ["audit.read"]}
    return SampleRequest({"role": role}, {"role": role | {"title": "Another"}}, env.staff, "after")


def update_role(env: SampleEnvironment) -> SampleRequest:
    role = env.role() | {"title": "Head"}
    return SampleRequest({"role": role}, {"role": role | {"title": "Another"}}, env.staff, "before after")


def delete_role(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"name": env.role()["name"]}, {"etag": "v7"}, env.staff, "before")


def create_invitation(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"email": new_email("guest"), "role": "support"}, {"role": "manager"}, env.staff, "after")


def revoke_invitation(env: SampleEnvironment) -> SampleRequest:
    invitation = env.invitation(new_email("guest"))
    return SampleRequest({"invitation_id": invitation.id}, {"invitation_id": str(uuid.uuid4())}, env.staff, "before")


def accept_invitation(env: SampleEnvironment) -> SampleRequest:
    email = new_email("guest")
    env.invitation(email)
    token = token_in(mails_to(env.shop.folder / "data" / "mail", email)[0])
    fields = {"token": token, "password": PASSWORD, "display_name": "Grace"}
    return SampleRequest(fields, {"display_name": "Ada"}, [], "after")


def end_session(env: SampleEnvironment) -> SampleRequest:
    person = env.person()
    ended, own = person.tokens(env.shop), person.tokens(env.shop)
    return SampleRequest(
        {"session_id": ended.session_id}, {"session_id": own.session_id}, bearer(own.access_token))


def end_other_sessions(env: SampleEnvironment) -> SampleRequest:
    person = env.person()
    person.tokens(env.shop)
    return SampleRequest({}, {}, bearer(person.tokens(env.shop).access_token))


def confirm_enrolment(env: SampleEnvironment) -> SampleRequest:
    own, app = env.authenticator()
    return SampleRequest({"code": app.now()}, {"code": "000000"}, own, "before after")


def renew_recovery_codes(env: SampleEnvironment) -> SampleRequest:
    own, code = env.enrolled()
    return SampleRequest({"code": code}, {"code": "000000"}, own, "before after")


def remove_second_factor(env: SampleEnvironment) -> SampleRequest:
    own, code = env.enrolled()
    return SampleRequest({"password": PASSWORD, "code": code}, {"code": "000000"}, own, "before after")


def decide_device_sign_in(env: SampleEnvironment) -> SampleRequest:
    own = bearer(env.person().tokens(env.shop).access_token)
    begun = devices_grpc.DeviceServiceStub(env.shop.channel).BeginDeviceSignIn(
        devices.BeginDeviceSignInRequest(device="a kiosk"), timeout=CALL_SECONDS)
    return SampleRequest({"user_code": begun.user_code, "approve": True}, {"approve": False}, own)


def create_api_key(env: SampleEnvironment) -> SampleRequest:
    fields = {"name": "a till", "scopes": ["inventory.write", "sellers.any"]}
    return SampleRequest(fields, {"name": "another"}, env.staff, "after")


def update_api_key(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.api_key(), "name": "another", "limit": {"calls_per_minute": 60}}
    return SampleRequest({"api_key": changed}, {"api_key": changed | {"name": "a third"}}, env.staff, "before after")


def rotate_api_key(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"api_key_id": env.api_key()}, {"overlap": {"seconds": 60}}, env.staff, "before after")


def revoke_api_key(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"api_key_id": env.api_key()}, {"etag": "v7"}, env.staff, "before")


def create_certificate(env: SampleEnvironment) -> SampleRequest:
    subject = f"uri:spiffe://shop/{uuid.uuid4()}"
    fields = {"name": "a till", "subject": subject, "scopes": ["inventory.write", "sellers.any"]}
    return SampleRequest(fields, {"name": "another"}, env.staff, "after")


def revoke_certificate(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest(
        {"certificate_id": env.certificate()}, {"certificate_id": str(uuid.uuid4())}, env.staff, "before")


def update_profile(env: SampleEnvironment) -> SampleRequest:
    own = bearer(env.person().tokens(env.shop).access_token)
    profile = {"display_name": "Ada L.", "phone": "+4312345678"}
    return SampleRequest({"profile": profile}, {"profile": profile | {"locale": "de-AT"}}, own)


def create_address(env: SampleEnvironment) -> SampleRequest:
    own = bearer(env.person().tokens(env.shop).access_token)
    return SampleRequest({"address": ADDRESS}, {"address": ADDRESS | {"label": "home"}}, own)


def update_address(env: SampleEnvironment) -> SampleRequest:
    own, address = env.address()
    changed = ADDRESS | {"id": address.id, "etag": address.etag}
    return SampleRequest({"address": changed}, {"address": changed | {"label": "home"}}, own)


def delete_address(env: SampleEnvironment) -> SampleRequest:
    own, address = env.address()
    return SampleRequest({"address_id": address.id}, {"etag": "v7"}, own)


def adjust_stock(env: SampleEnvironment) -> SampleRequest:
    variant = products_of(env.shop)[0].variants[0].id
    fields = {"variant_id": variant, "delta": 1, "reason": stock_pb2.STOCK_REASON_COUNTED}
    return SampleRequest(fields, {"delta": 2}, env.staff, "before after")


def set_stock_rules(env: SampleEnvironment) -> SampleRequest:
    variant = products_of(env.shop)[0].variants[0].id
    fields = {"variant_id": variant, "low_stock_threshold": 5}
    return SampleRequest(fields, {"low_stock_threshold": 6}, env.staff, "before after")


def set_stock(env: SampleEnvironment) -> SampleRequest:
    variant = products_of(env.shop)[0].variants[0].id
    return SampleRequest({"variant_id": variant, "on_hand": 500}, {"on_hand": 501}, env.staff, "before after")


def batch_adjust_stock(env: SampleEnvironment) -> SampleRequest:
    variant = products_of(env.shop)[0].variants[0].id
    row = {"variant_id": variant, "delta": 1, "reason": stock_pb2.STOCK_REASON_COUNTED}
    return SampleRequest({"adjustments": [row]}, {"adjustments": [row | {"delta": 2}]}, env.staff, "before after")


def batch_set_stock(env: SampleEnvironment) -> SampleRequest:
    row = {"variant_id": products_of(env.shop)[0].variants[0].id, "on_hand": 700}
    return SampleRequest({"counts": [row]}, {"counts": [row | {"on_hand": 701}]}, env.staff, "before after")


def transfer_stock(env: SampleEnvironment) -> SampleRequest:
    product = products_of(env.shop)[0]
    variant = product.variants[0].id
    env.cluster.sql(
        env.shop.database, f"UPDATE inventory.stock SET on_hand = on_hand + 10 WHERE variant_id = '{variant}'")
    lines = [{"variant_id": variant, "quantity": 1}]
    fields = {
        "from_warehouse_id": product.seller_id, "to_warehouse_id": env.warehouse(product.seller_id), "lines": lines,
    }
    return SampleRequest(fields, {"lines": [lines[0] | {"quantity": 2}]}, env.staff, "before after")


def create_warehouse(env: SampleEnvironment) -> SampleRequest:
    fields = {"seller_id": products_of(env.shop)[0].seller_id, "name": "Outlet"}
    return SampleRequest(fields, {"name": "Shop"}, env.staff, "after")


def update_warehouse(env: SampleEnvironment) -> SampleRequest:
    warehouse = {"id": env.warehouse(products_of(env.shop)[0].seller_id), "name": "Shop"}
    return SampleRequest(
        {"warehouse": warehouse}, {"warehouse": warehouse | {"name": "Outlet"}}, env.staff, "before after")


def delete_warehouse(env: SampleEnvironment) -> SampleRequest:
    fields = {"warehouse_id": env.warehouse(products_of(env.shop)[0].seller_id)}
    return SampleRequest(fields, {"etag": "v7"}, env.staff, "before")


def set_allocation_rule(env: SampleEnvironment) -> SampleRequest:
    fields = {"seller_id": products_of(env.shop)[0].seller_id, "order": warehouse_pb2.ALLOCATION_ORDER_STOCK}
    return SampleRequest(fields, {"order": warehouse_pb2.ALLOCATION_ORDER_PRIORITY}, env.staff, "before after")


def unlink_external_account(env: SampleEnvironment) -> SampleRequest:
    tokens, id = env.person().tokens(env.shop), str(uuid.uuid4())
    env.cluster.sql(
        env.shop.database,
        "INSERT INTO identity.external_account (id, user_id, issuer, subject, created_at)"
        f" VALUES ('{id}', '{tokens.user_id}', 'https://id.example', '{id}', now())")
    fields = {"external_account_id": id, "password": PASSWORD}
    return SampleRequest(fields, {"external_account_id": str(uuid.uuid4())}, bearer(tokens.access_token), "before")


def apply_as_seller(env: SampleEnvironment) -> SampleRequest:
    own = bearer(env.person().tokens(env.shop).access_token)
    return SampleRequest(application_fields(), {"name": "Another"}, own, "after")


def upload_seller_document(env: SampleEnvironment) -> SampleRequest:
    application, own = env.applicant()
    fields = {"application_id": application, "name": "Extract", "chunk": PIXEL}
    return SampleRequest(fields, {"name": "Another"}, own, "after", at_once=2 * UPLOADS_OF_ACCOUNT)


def delete_seller_document(env: SampleEnvironment) -> SampleRequest:
    document, own = env.document()
    return SampleRequest({"document_id": document}, {"document_id": str(uuid.uuid4())}, own, "before")


def approve_seller(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"application_id": env.application()}, {"etag": "v7"}, env.staff, "before after")


def reject_seller(env: SampleEnvironment) -> SampleRequest:
    fields = {"application_id": env.application(), "reason": "The register has no such number."}
    return SampleRequest(fields, {"reason": "Another"}, env.staff, "before after")


def suspend_seller(env: SampleEnvironment) -> SampleRequest:
    fields = {"seller_id": env.seller(), "reason": "A recall is open."}
    return SampleRequest(fields, {"reason": "Another"}, env.staff, "before after")


def reinstate_seller(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"seller_id": env.seller("suspended")}, {"etag": "v7"}, env.staff, "before after")


def update_shop(env: SampleEnvironment) -> SampleRequest:
    profile = {"seller_id": env.seller(), "name": "Oak & Iron"}
    return SampleRequest({"profile": profile}, {"profile": profile | {"name": "Oak"}}, env.staff, "before after")


def set_holiday(env: SampleEnvironment) -> SampleRequest:
    now = int(time.time())
    holiday = {"start_time": {"seconds": now + 86_400}, "end_time": {"seconds": now + 2 * 86_400}}
    return SampleRequest({"seller_id": env.seller(), "holiday": holiday}, {"etag": "v7"}, env.staff, "before after")


def invite_team_member(env: SampleEnvironment) -> SampleRequest:
    fields = {"seller_id": env.seller(), "email": new_email("guest"), "role": team_pb2.TEAM_ROLE_CATALOG}
    return SampleRequest(fields, {"role": team_pb2.TEAM_ROLE_MANAGER}, env.staff, "after")


def update_team_member(env: SampleEnvironment) -> SampleRequest:
    seller, user = env.team()
    fields = {"seller_id": seller, "user_id": user, "role": team_pb2.TEAM_ROLE_FULFILMENT}
    return SampleRequest(fields, {"role": team_pb2.TEAM_ROLE_MANAGER}, env.staff, "before after")


def remove_team_member(env: SampleEnvironment) -> SampleRequest:
    seller, user = env.team()
    return SampleRequest(
        {"seller_id": seller, "user_id": user}, {"user_id": str(uuid.uuid4())}, env.staff, "before")


_IDENTITY, _INVENTORY = "fastshop.identity.v1", "fastshop.inventory.v1"
_SELLERS = "fastshop.sellers.v1"
SAMPLES: dict[str, Callable[[SampleEnvironment], SampleRequest]] = {
    **CATALOG_SAMPLES, **PROMOTIONS_SAMPLES, **TAX_SAMPLES,
    f"{_IDENTITY}.UserService/SetUserRole": set_user_role,
    f"{_IDENTITY}.UserService/DisableUser": disable_user,
    f"{_IDENTITY}.UserService/EnableUser": enable_user,
    f"{_IDENTITY}.UserService/RevokeUserSessions": end_user_sessions,
    f"{_IDENTITY}.UserService/DeleteUserSecondFactor": reset_second_factor,
    f"{_IDENTITY}.RoleService/CreateRole": create_role,
    f"{_IDENTITY}.RoleService/UpdateRole": update_role,
    f"{_IDENTITY}.RoleService/DeleteRole": delete_role,
    f"{_IDENTITY}.InvitationService/CreateInvitation": create_invitation,
    f"{_IDENTITY}.InvitationService/RevokeInvitation": revoke_invitation,
    f"{_IDENTITY}.InvitationService/AcceptInvitation": accept_invitation,
    f"{_IDENTITY}.SessionService/RevokeSession": end_session,
    f"{_IDENTITY}.SessionService/RevokeOtherSessions": end_other_sessions,
    f"{_IDENTITY}.SecondFactorService/ConfirmEnrolment": confirm_enrolment,
    f"{_IDENTITY}.SecondFactorService/RenewRecoveryCodes": renew_recovery_codes,
    f"{_IDENTITY}.SecondFactorService/DeleteSecondFactor": remove_second_factor,
    f"{_IDENTITY}.DeviceService/DecideDeviceSignIn": decide_device_sign_in,
    f"{_IDENTITY}.ApiKeyService/CreateApiKey": create_api_key,
    f"{_IDENTITY}.ApiKeyService/UpdateApiKey": update_api_key,
    f"{_IDENTITY}.ApiKeyService/RotateApiKey": rotate_api_key,
    f"{_IDENTITY}.ApiKeyService/RevokeApiKey": revoke_api_key,
    f"{_IDENTITY}.ClientCertificateService/CreateCertificate": create_certificate,
    f"{_IDENTITY}.ClientCertificateService/RevokeCertificate": revoke_certificate,
    f"{_IDENTITY}.AccountService/UpdateProfile": update_profile,
    f"{_IDENTITY}.AccountService/CreateAddress": create_address,
    f"{_IDENTITY}.AccountService/UpdateAddress": update_address,
    f"{_IDENTITY}.AccountService/DeleteAddress": delete_address,
    f"{_IDENTITY}.ExternalSignInService/UnlinkExternalAccount": unlink_external_account,
    f"{_INVENTORY}.InventoryService/AdjustStock": adjust_stock,
    f"{_INVENTORY}.InventoryService/SetStock": set_stock,
    f"{_INVENTORY}.InventoryService/BatchAdjustStock": batch_adjust_stock,
    f"{_INVENTORY}.InventoryService/BatchSetStock": batch_set_stock,
    f"{_INVENTORY}.InventoryService/TransferStock": transfer_stock,
    f"{_INVENTORY}.InventoryService/SetStockRules": set_stock_rules,
    f"{_INVENTORY}.WarehouseService/CreateWarehouse": create_warehouse,
    f"{_INVENTORY}.WarehouseService/UpdateWarehouse": update_warehouse,
    f"{_INVENTORY}.WarehouseService/DeleteWarehouse": delete_warehouse,
    f"{_INVENTORY}.WarehouseService/SetAllocationRule": set_allocation_rule,
    f"{_SELLERS}.SellerService/ApplyAsSeller": apply_as_seller,
    f"{_SELLERS}.SellerService/UpdateShop": update_shop,
    f"{_SELLERS}.SellerService/SetHoliday": set_holiday,
    f"{_SELLERS}.SellerService/InviteTeamMember": invite_team_member,
    f"{_SELLERS}.SellerService/UpdateTeamMember": update_team_member,
    f"{_SELLERS}.SellerService/RemoveTeamMember": remove_team_member,
    f"{_SELLERS}.SellerService/UploadSellerDocument": upload_seller_document,
    f"{_SELLERS}.SellerService/DeleteSellerDocument": delete_seller_document,
    f"{_SELLERS}.SellerAdminService/ApproveSeller": approve_seller,
    f"{_SELLERS}.SellerAdminService/RejectSeller": reject_seller,
    f"{_SELLERS}.SellerAdminService/SuspendSeller": suspend_seller,
    f"{_SELLERS}.SellerAdminService/ReinstateSeller": reinstate_seller,
}


def methods() -> dict[str, descriptor.MethodDescriptor]:
    """Every method of the shop's own services, by its full name."""
    import fastshop.identity.v1 as package

    root = pathlib.Path(package.__path__[0]).parents[2]
    found = {}
    for file in sorted(root.glob("fastshop/**/*_service_pb2.py")):
        name = ".".join(file.relative_to(root).with_suffix("").parts)
        for service in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
            found |= {f"{service.full_name}/{method.name}": method for method in service.methods}
    return found


def policy_of(method: descriptor.MethodDescriptor) -> policy_pb2.MethodPolicy:
    return method.GetOptions().Extensions[policy_pb2.policy]


def changes_nothing(method: descriptor.MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS


def request_of(name: str, fields: dict, request_id: str = ""):
    method = methods()[name]
    request = message_factory.GetMessageClass(method.input_type)(**fields)
    if request_id:
        request.request_id = request_id
    return request


def begin(server, name: str, request, metadata):
    """Calls a method by its name; the answer comes with the future."""
    answer = message_factory.GetMessageClass(methods()[name].output_type)
    call = server.channel.unary_unary(
        f"/{name}", request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
    return call.future(request, metadata=metadata, timeout=CALL_SECONDS)


def carry_out(server, name: str, request, metadata):
    return begin(server, name, request, metadata).result()
