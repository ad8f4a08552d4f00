"""One valid request for each method that changes coupons."""

import uuid
from collections.abc import Callable

from sample_environment import SampleEnvironment, SampleRequest

EFFECT = {"percentage": {"basis_points": 1000}}


def coupon_of(env: SampleEnvironment) -> str:
    """A new coupon of the platform: its UUID."""
    id = str(uuid.uuid4())
    env.cluster.sql(
        env.shop.database,
        f"""WITH made AS (
              INSERT INTO promotions.coupon (id, name, is_automatic, effect, is_stackable, priority, created_at,
                                             updated_at)
              VALUES ('{id}', 'Spring', false, '{{"percentage": {{"basisPoints": 1000}}}}', false, 100, now(), now())
              RETURNING id)
            INSERT INTO promotions.coupon_counter (coupon_id) SELECT id FROM made""")
    return id


def create_coupon(env: SampleEnvironment) -> SampleRequest:
    coupon = {"name": "Spring", "effect": EFFECT}
    return SampleRequest({"coupon": coupon}, {"coupon": coupon | {"name": "Summer"}}, env.staff, "after")


def update_coupon(env: SampleEnvironment) -> SampleRequest:
    coupon = {"id": coupon_of(env), "name": "Summer"}
    return SampleRequest(
        {"coupon": coupon}, {"coupon": coupon | {"name": "Autumn"}}, env.staff, "before after")


def deactivate_coupon(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"coupon_id": coupon_of(env)}, {"etag": "v7"}, env.staff, "before after")


def generate_coupon_codes(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"coupon_id": coupon_of(env), "count": 2}, {"count": 3}, env.staff, "after")


_SERVICE = "fastshop.promotions.v1.CouponService"

PROMOTIONS_SAMPLES: dict[str, Callable[[SampleEnvironment], SampleRequest]] = {
    f"{_SERVICE}/CreateCoupon": create_coupon,
    f"{_SERVICE}/UpdateCoupon": update_coupon,
    f"{_SERVICE}/DeactivateCoupon": deactivate_coupon,
    f"{_SERVICE}/GenerateCouponCodes": generate_coupon_codes,
}
