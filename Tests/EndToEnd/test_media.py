"""A seller's pictures: uploaded by grpcio, shown at once in the product, and fetched as files over HTTP."""

import base64
import json
import os
import re
import struct
import subprocess
import threading
import time
import uuid
import zlib

import boto3
import grpc
import pytest
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import media_service_pb2 as media
from fastshop.catalog.v1 import media_service_pb2_grpc as media_grpc
from moto.server import ThreadedMotoServer
from accounts import reason_of
from curl import curl
from hostile.attack_trial import forget_peak, peak_bytes, resident_bytes
from shop_server import ROOT
from stubs import CALL_SECONDS, catalog_of, products_of, with_id
from waiting import wait_until

BUCKET = "media"
MESSAGE_BYTES = 10_000
LARGEST_BYTES = 100 * 1024 * 1024
LARGE_SECONDS_MAX = 120


def png(width: int, height: int, shade: int = 0) -> bytes:
    """A picture of colours that run from left to right."""
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = b"\0" + b"".join(bytes((x % 256, x * 7 % 256, shade)) for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * height, 0))
            + chunk(b"IEND", b""))


def messages(product: str, content: bytes, alt: str = "", **more):
    """The requests of an upload."""
    yield with_id(media.UploadMediaRequest(product_id=product, alt=alt, chunk=content[:MESSAGE_BYTES], **more))
    for start in range(MESSAGE_BYTES, len(content), MESSAGE_BYTES):
        yield media.UploadMediaRequest(chunk=content[start:start + MESSAGE_BYTES])


def media_of(server) -> media_grpc.MediaServiceStub:
    return media_grpc.MediaServiceStub(server.staff)


def upload(server, product: str, content: bytes, alt: str = ""):
    return media_of(server).UploadMedia(messages(product, content, alt), timeout=CALL_SECONDS)


def product_of(server, product: str):
    return catalog_of(server).GetProduct(catalog.GetProductRequest(id=product), timeout=CALL_SECONDS).product


def files_of(server) -> list:
    return [path for path in (server.folder / "data" / "media").rglob("*") if path.is_file()]


def test_an_image_is_uploaded_shown_and_fetched(shop):
    product, content = products_of(shop)[0], png(600, 400)
    answer = upload(shop, product.id, content, "A lamp")
    image = answer.image
    assert answer.received_bytes == len(content) > 3 * MESSAGE_BYTES
    assert (image.width, image.height, image.alt) == (600, 400, "A lamp")
    shown = product_of(shop, product.id)
    assert shown.images[-1] == image and len(shown.images) == len(product.images) + 1
    assert shown.etag != product.etag

    url = f"http://{shop.address}{image.url}"
    whole = curl(url)
    assert (whole.status, whole.headers["content-type"], whole.body[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert whole.headers["x-content-type-options"] == "nosniff"
    head = curl(url, "--head")
    # curl writes the head instead of a body, and nothing after it.
    assert (head.status, head.headers["content-length"]) == (200, str(len(whole.body)))
    assert head.body.endswith(b"\r\n\r\n")
    for tag in (whole.headers["etag"], f'"other" , {whole.headers["etag"]} ,'):
        unchanged = curl(url, "--header", f"if-none-match: {tag}")
        assert (unchanged.status, unchanged.body) == (304, b"")
    part = curl(url, "--range", "10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
    behind = curl(url, "--range", f"{len(whole.body)}-")
    assert (behind.status, behind.headers["content-range"]) == (416, f"bytes */{len(whole.body)}")

    thumb = url.replace("large.jpg", "thumb.webp")
    made = wait_until(lambda: (got := curl(thumb)).headers["content-type"] == "image/webp" and got)
    assert made.body[8:12] == b"WEBP" and len(made.body) < len(whole.body)
    assert "immutable" in made.headers["cache-control"]
    for path in ("/media/" + "0" * 64 + "/large.jpg", image.url.replace("large.jpg", "huge.jpg"), "/media/x/large.jpg"):
        assert curl(f"http://{shop.address}{path}").status == 404


def test_curl_uploads_as_the_page_says(shop, tmp_path):
    page = (ROOT / "docs/tasks/call-from-curl-or-a-browser.md").read_text()
    recipe = re.search(r"```bash\n(message\(\) .*?)```", page, re.DOTALL)[1]
    product = products_of(shop, 1)[0].id
    for field, value in (("productId", product), ("requestId", str(uuid.uuid4()))):
        recipe = recipe.replace(f'"{field}": "…"', f'"{field}": "{value}"')
    (tmp_path / "desk.jpg").write_bytes(png(11, 7))
    settings = {"PATH": os.environ["PATH"], "shop": f"http://{shop.address}", "FASTSHOP_TOKEN": shop.staff_token}
    done = subprocess.run(
        ["bash", "-c", recipe], cwd=tmp_path, env=settings, capture_output=True, timeout=CALL_SECONDS, check=True)
    made, end = envelopes(done.stdout)
    assert (made[0], end) == (0, (2, {})) and made[1]["image"]["alt"] == "A desk", done.stdout


def test_one_body_may_have_all_messages_of_an_upload(shop):
    """What a browser's fetch sends: it cannot send a body piece by piece."""
    content, product = png(60, 60), products_of(shop, 1)[0].id
    parts = [content[start:start + 4_000] for start in range(0, len(content), 4_000)]
    fields = [{"productId": product, "requestId": str(uuid.uuid4())}] + [{} for _ in parts[1:]]
    texts = [
        json.dumps(each | {"chunk": base64.b64encode(part).decode()}).encode()
        for each, part in zip(fields, parts, strict=True)]
    answer = curl(
        f"http://{shop.address}/fastshop.catalog.v1.MediaService/UploadMedia", "--http1.1",
        "--header", "content-type: application/connect+json", "--header", f"authorization: Bearer {shop.staff_token}",
        body=b"".join(struct.pack(">BI", 0, len(text)) + text for text in texts))
    (_, made), end = envelopes(answer.body)
    assert (len(texts) > 2, answer.status, end) == (True, 200, (2, {}))
    assert (made["image"]["width"], int(made["receivedBytes"])) == (60, len(content))


def envelopes(body: bytes) -> list[tuple[int, dict]]:
    """The envelopes of Connect: their flags and messages."""
    found = []
    while body:
        flags, size = struct.unpack(">BI", body[:5])
        found.append((flags, json.loads(body[5:5 + size])))
        body = body[5 + size:]
    return found


def test_images_are_described_put_in_order_and_removed(shop):
    product = products_of(shop, 2)[1]
    first, second = (upload(shop, product.id, png(9, 9, shade)).image for shade in (1, 2))
    request = with_id(media.UpdateMediaRequest(image={"id": first.id, "alt": "From above"}))
    assert media_of(shop).UpdateMedia(request, timeout=CALL_SECONDS).image.alt == "From above"
    others = [image.id for image in product.images]
    wanted = [second.id, first.id, *others]
    request = with_id(media.ReorderMediaRequest(product_id=product.id, image_ids=wanted))
    media_of(shop).ReorderMedia(request, timeout=CALL_SECONDS)
    assert [image.id for image in product_of(shop, product.id).images] == wanted
    media_of(shop).DeleteMedia(with_id(media.DeleteMediaRequest(image_id=second.id)), timeout=CALL_SECONDS)
    images = product_of(shop, product.id).images
    assert [image.id for image in images] == [first.id, *others] and images[0].alt == "From above"


def test_nothing_is_left_of_an_upload_whose_caller_goes_away(start_shop, database):
    shop, is_over = start_shop(database()), threading.Event()
    product = products_of(shop)[0].id

    def unfinished():
        yield with_id(media.UploadMediaRequest(product_id=product, chunk=png(30, 30)[:1000]))
        is_over.wait()

    call = media_of(shop).UploadMedia.future(unfinished(), timeout=CALL_SECONDS)
    wait_until(lambda: files_of(shop))
    call.cancel()
    is_over.set()
    wait_until(lambda: not files_of(shop))


def test_more_than_an_image_may_have_is_refused_in_bounded_memory(shop):
    product, part = products_of(shop)[0].id, bytes(2_000_000)

    def too_much():
        yield with_id(media.UploadMediaRequest(product_id=product, chunk=part))
        for _ in range(LARGEST_BYTES // len(part)):
            yield media.UploadMediaRequest(chunk=part)

    forget_peak(shop.worker_pid)
    before = resident_bytes(shop.worker_pid)
    with pytest.raises(grpc.RpcError) as refused:
        media_of(shop).UploadMedia(too_much(), timeout=LARGE_SECONDS_MAX)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, "MEDIA_TOO_LARGE")
    assert peak_bytes(shop.worker_pid) - before < LARGEST_BYTES // 4
    wait_until(lambda: not [path for path in files_of(shop) if path.parent.name == "staging"])


def test_the_address_of_a_cdn_precedes_the_path(start_shop, database):
    shop = start_shop(database(), FASTSHOP_MEDIA_URL="https://media.example/shop/")
    image = upload(shop, products_of(shop)[0].id, png(20, 10)).image
    assert image.url.startswith("https://media.example/shop/media/")
    path = image.url.removeprefix("https://media.example/shop")
    assert curl(f"http://{shop.address}{path}").status == 200


@pytest.fixture(scope="module")
def store():
    """A bucket of an object store: its URL and a client."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", aws_access_key_id="key", aws_secret_access_key="secret",
        region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    yield f"http://{host}:{port}/{BUCKET}", client
    server.stop()


def keys_of(client) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_an_image_goes_to_the_object_store_past_the_server(start_shop, database, store, tmp_path):
    url, client = store
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    shop = start_shop(
        database(), FASTSHOP_MEDIA_STORE_URL=url, FASTSHOP_MEDIA_STORE_KEY_ID="key",
        FASTSHOP_MEDIA_STORE_SECRET_FILE=str(secret))
    product, other = (each.id for each in products_of(shop, 2))
    content = png(60, 40)
    request = media.GetMediaUploadURLRequest(product_id=product, size_bytes=len(content))
    place = media_of(shop).GetMediaUploadURL(request, timeout=CALL_SECONDS)
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in place.url
    assert place.expire_time.seconds > time.time() + 60

    def add(to: str, request_id: str):
        first = media.UploadMediaRequest(product_id=to, upload_token=place.upload_token, request_id=request_id)
        return media_of(shop).UploadMedia(iter([first]), timeout=CALL_SECONDS)

    with pytest.raises(grpc.RpcError) as early:
        add(product, str(uuid.uuid4()))
    assert early.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert curl(place.url, "--request", "PUT", "--header", "content-type: image/png", body=content).status == 200
    with pytest.raises(grpc.RpcError) as foreign:
        add(other, str(uuid.uuid4()))
    assert foreign.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    request_id = str(uuid.uuid4())
    answer = add(product, request_id)
    assert answer.received_bytes == len(content) and (answer.image.width, answer.image.height) == (60, 40)
    assert add(product, request_id) == answer
    with pytest.raises(grpc.RpcError) as used:
        add(product, str(uuid.uuid4()))
    assert used.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    wait_until(lambda: len([key for key in keys_of(client) if key.startswith("renditions/")]) == 8)
    assert not [key for key in keys_of(client) if key.startswith("uploads/")]
    assert curl(f"http://{shop.address}{answer.image.url}").status == 200
