"""An applicant proves the application by documents, which staff read and nobody else."""

import uuid

import grpc
import pytest
from fastshop.sellers.v1 import seller_admin_service_pb2 as admin
from fastshop.sellers.v1 import seller_admin_service_pb2_grpc as admin_grpc
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import seller_service_pb2_grpc as sellers_grpc
from accounts import bearer, new_account, reason_of
from curl import curl
from sample_environment import application_fields
from stubs import CALL_SECONDS, filled, with_id

MESSAGE_BYTES = 300_000
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4_000 + b"\n%%EOF\n"


def call(shop, method: str, token: str, **fields):
    stub = getattr(sellers_grpc.SellerServiceStub(shop.channel), method)
    return stub(filled(sellers, method, fields), metadata=bearer(token), timeout=CALL_SECONDS)


def upload(shop, token: str, application: str, content: bytes, name: str = "Extract"):
    def messages():
        yield with_id(sellers.UploadSellerDocumentRequest(
            application_id=application, name=name, chunk=content[:MESSAGE_BYTES]))
        for start in range(MESSAGE_BYTES, len(content), MESSAGE_BYTES):
            yield sellers.UploadSellerDocumentRequest(chunk=content[start:start + MESSAGE_BYTES])

    stub = sellers_grpc.SellerServiceStub(shop.channel)
    return stub.UploadSellerDocument(messages(), metadata=bearer(token), timeout=CALL_SECONDS)


def download(shop, token: str, document: str):
    request = admin.DownloadSellerDocumentRequest(document_id=document)
    stub = admin_grpc.SellerAdminServiceStub(shop.channel)
    parts = list(stub.DownloadSellerDocument(request, metadata=bearer(token), timeout=CALL_SECONDS))
    return parts[0].document, b"".join(part.chunk for part in parts)


def test_a_document_is_read_by_staff_alone_and_stored_in_the_dark(start_shop, database, cluster):
    shop = start_shop(database())
    tokens = new_account(shop, cluster, "applicant").tokens(shop)
    own = tokens.access_token
    application = call(shop, "ApplyAsSeller", own, **application_fields()).application.id
    document = upload(shop, own, application, PDF, "Extract of the register").document
    assert (document.content_type, document.size_bytes) == ("application/pdf", len(PDF))
    assert list(call(shop, "ListSellerDocuments", own, application_id=application).documents) == [document]
    assert list(call(shop, "GetSellerApplication", own).application.documents) == [document]

    assert download(shop, shop.staff_token, document.id) == (document, PDF)
    with pytest.raises(grpc.RpcError) as refused:
        download(shop, own, document.id)
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED
    for path in (f"/media/{document.id}/large.jpg", f"/media/seller-documents/{application}/{document.id}"):
        assert curl(f"http://{shop.address}{path}").status == 404

    blob, = (shop.folder / "data" / "media" / "blobs" / "seller-documents" / application).iterdir()
    content = blob.read_bytes()
    assert len(content) > len(PDF) and b"PDF" not in content and PDF[1000:1100] not in content

    stranger = new_account(shop, cluster, "stranger").tokens(shop).access_token
    for attempt in (
        lambda: upload(shop, stranger, application, PDF),
        lambda: call(shop, "ListSellerDocuments", stranger, application_id=application),
        lambda: call(shop, "DeleteSellerDocument", stranger, document_id=document.id, request_id=str(uuid.uuid4())),
    ):
        with pytest.raises(grpc.RpcError) as missing:
            attempt()
        assert reason_of(missing.value) == "RESOURCE_NOT_FOUND"
