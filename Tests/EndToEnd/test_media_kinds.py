"""A seller's videos, documents and digital files, by grpcio; what shoppers fetch of them over HTTP."""

import struct

import grpc
import pytest
from fastshop.catalog.v1 import digital_goods_service_pb2 as goods
from fastshop.catalog.v1 import digital_goods_service_pb2_grpc as goods_grpc
from fastshop.catalog.v1 import media_service_pb2 as media
from fastshop.catalog.v1 import product_pb2
from accounts import reason_of
from curl import curl
from stubs import CALL_SECONDS, products_of, with_id
from test_media import files_of, keys_of, media_of, messages, product_of, store

__all__ = ["store"]  # a fixture

PDF = b"%PDF-1.7\n<script>alert(1)</script>\nstartxref\n9\n%%EOF"


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def film(content: bytes = bytes(range(256)) * 200) -> bytes:
    return box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov") + box(b"mdat", content)


def attach(server, product: str, kind, content: bytes, title: str = ""):
    sent = messages(product, content, title, kind=kind)
    return media_of(server).UploadMedia(sent, timeout=CALL_SECONDS).attachment


def goods_of(server) -> goods_grpc.DigitalGoodsServiceStub:
    return goods_grpc.DigitalGoodsServiceStub(server.staff)


def test_a_video_is_served_in_ranges(shop):
    product, content = products_of(shop)[0].id, film()
    made = attach(shop, product, product_pb2.MEDIA_KIND_VIDEO, content, "How it is built")
    assert list(product_of(shop, product).attachments)[-1] == made
    assert (made.content_type, made.size_bytes, made.title) == ("video/mp4", len(content), "How it is built")
    url = f"http://{shop.address}{made.url}"
    whole = curl(url)
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, content, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes" and "immutable" in whole.headers["cache-control"]
    assert "sandbox" in whole.headers["content-security-policy"]
    part = curl(url, "--range", "1000-1999")
    assert (part.status, part.body) == (206, content[1000:2000])
    assert curl(url, "--header", f"if-none-match: {whole.headers['etag']}").status == 304


def test_nothing_in_a_document_runs_in_the_shop(shop):
    product = products_of(shop)[0].id
    made = attach(shop, product, product_pb2.MEDIA_KIND_DOCUMENT, PDF, "Manual")
    answer = curl(f"http://{shop.address}{made.url}")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, PDF, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="document.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"].split("; ")
    assert "sandbox" in policy and "default-src 'none'" in policy
    assert curl(f"http://{shop.address}{made.url.replace('document.pdf', 'video.mp4')}").status == 404
    with pytest.raises(grpc.RpcError) as refused:
        attach(shop, product, product_pb2.MEDIA_KIND_DOCUMENT, b"<html><script>alert(1)</script></html>")
    assert reason_of(refused.value) == "MEDIA_NOT_A_DOCUMENT"


def test_a_digital_file_has_no_address(shop):
    variant, content = products_of(shop)[0].variants[0].id, b"song" * 1000
    first = with_id(goods.UploadDigitalFileRequest(variant_id=variant, file_name="song.flac", chunk=content))
    made = goods_of(shop).UploadDigitalFile(iter([first]), timeout=CALL_SECONDS).file
    listed = goods_of(shop).ListDigitalFiles(goods.ListDigitalFilesRequest(variant_id=variant), timeout=CALL_SECONDS)
    assert made in listed.files
    blob = next(path for path in files_of(shop) if path.parent.parent.name == "digital")
    for path in (f"/media/{blob.name}/video.mp4", f"/media/{blob.name}/document.pdf", f"/media/{blob.name}/large.jpg",
                 f"/media/digital/{blob.name}", f"/media/../digital/{blob.name[:2]}/{blob.name}"):
        assert curl(f"http://{shop.address}{path}", "--path-as-is").status == 404


def test_files_of_all_kinds_go_to_the_object_store_past_the_server(start_shop, database, store, tmp_path):
    url, client = store
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    shop = start_shop(
        database(), FASTSHOP_MEDIA_STORE_URL=url, FASTSHOP_MEDIA_STORE_KEY_ID="key",
        FASTSHOP_MEDIA_STORE_SECRET_FILE=str(secret))
    product = products_of(shop)[0]

    def sent(kind, content: bytes) -> str:
        request = media.GetMediaUploadURLRequest(product_id=product.id, size_bytes=len(content), kind=kind)
        place = media_of(shop).GetMediaUploadURL(request, timeout=CALL_SECONDS)
        header = "content-type: application/octet-stream"
        assert curl(place.url, "--request", "PUT", "--header", header, body=content).status == 200
        return place.upload_token

    def add(kind, token: str):
        first = with_id(media.UploadMediaRequest(product_id=product.id, upload_token=token, kind=kind))
        return media_of(shop).UploadMedia(iter([first]), timeout=CALL_SECONDS)

    video = product_pb2.MEDIA_KIND_VIDEO
    answer = add(video, sent(video, film()))
    assert answer.received_bytes == len(film()) and answer.attachment.content_type == "video/mp4"
    assert curl(f"http://{shop.address}{answer.attachment.url}").body == film()
    with pytest.raises(grpc.RpcError) as refused:
        add(video, sent(video, PDF))
    assert reason_of(refused.value) == "MEDIA_NOT_A_VIDEO"
    token = sent(product_pb2.MEDIA_KIND_DIGITAL_FILE, b"song")
    first = with_id(goods.UploadDigitalFileRequest(
        variant_id=product.variants[0].id, file_name="song.flac", upload_token=token))
    assert goods_of(shop).UploadDigitalFile(iter([first]), timeout=CALL_SECONDS).file.size_bytes == 4
    assert len([key for key in keys_of(client) if key.startswith("digital/")]) == 1
