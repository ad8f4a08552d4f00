"""The pictures and manuals of the demo shop: made when it is filled, and served like those of sellers."""

from curl import curl
from stubs import products_of


def test_the_products_of_the_demo_shop_have_pictures(start_shop, cluster):
    shop = start_shop(cluster.create("pictured"), "--demo")
    for product in products_of(shop, 5):
        for image in product.images:
            whole = curl(f"http://{shop.address}{image.url}")
            assert (whole.status, whole.headers["content-type"], whole.body[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
            assert (image.width, image.height) == (640, 480) and image.alt
    thumb = f"http://{shop.address}{image.url}".replace("large.jpg", "thumb.webp")
    # Until it is made, the large one stands in for it.
    assert curl(thumb).status == 200
    manuals = [each for product in products_of(shop, 250) for each in product.attachments]
    assert manuals
    manual = curl(f"http://{shop.address}{manuals[0].url}")
    assert (manual.status, manual.headers["content-type"], manual.body[:5]) == (200, "application/pdf", b"%PDF-")
