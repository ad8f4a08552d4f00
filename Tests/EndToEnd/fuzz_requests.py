"""Random requests from the descriptors: plausible in most fields, and at an extreme in one or two."""

import random
import re

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message

import fuzz_values as extremes

DEPTH_MAX = 4
TIMES = {"google.protobuf.Timestamp", "google.protobuf.Duration"}
_NOW_SECONDS = 1_900_000_000
# Fields with the same name share their values.
_PYTHON_TYPES = {
    Field.CPPTYPE_STRING: str, Field.CPPTYPE_INT32: int, Field.CPPTYPE_INT64: int, Field.CPPTYPE_UINT32: int,
    Field.CPPTYPE_UINT64: int, Field.CPPTYPE_DOUBLE: float, Field.CPPTYPE_FLOAT: float}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class KnownValues:
    """Values that the server has made or taken, by what they are values of."""

    def __init__(self) -> None:
        self._values: dict[str, list] = {}
        self._kept_back: set = set()

    def keep_back(self, value) -> None:
        """Excludes `value` from requests: the test itself depends on that resource."""
        self._kept_back.add(value)

    def learn(self, message: Message, method: str) -> None:
        for field, value in message.ListFields():
            for each in _elements(field, value):
                if isinstance(each, Message):
                    self.learn(each, method)
                elif field.type not in (Field.TYPE_BOOL, Field.TYPE_ENUM, Field.TYPE_BYTES):
                    for noun in (field.full_name, _noun(field, method)):
                        found = self._values.setdefault(noun, [])
                        if each not in found and each not in self._kept_back:
                            found.append(each)

    def of(self, field, method: str) -> list:
        kind = _PYTHON_TYPES.get(field.cpp_type, ())
        values = self._values.get(field.full_name) or self._values.get(_noun(field, method), [])
        found = [value for value in values if isinstance(value, kind)]
        if not found and field.type == Field.TYPE_STRING and re.search(r"(^|_)ids?$", field.name):
            found = self._values.get("user id", [])  # an id at least, of something else
        return [value for value in found if value not in self._kept_back]

    def add(self, noun: str, *values) -> None:
        self._values.setdefault(noun, []).extend(values)


def _elements(field, value):
    if field.message_type and field.message_type.GetOptions().map_entry:
        return value.values()
    return value if field.is_repeated else [value]


def _noun(field, method: str) -> str:
    """The kind of a field's values: those of `Product.id` and of a `product_id` are the same."""
    name, owner = field.name, field.containing_type.name
    if name == "id":
        owner = re.sub("^[A-Z][a-z]+", "", method.split("/")[-1]) if owner.endswith("Request") else owner
        return f"{snake(owner)} id"
    if match := re.fullmatch(r"(\w+)_ids?", name):
        noun = {"owner": "user", "actor": "user", "parent": "category"}.get(match[1], match[1])
        return f"{noun} id" if noun != "request" else "request_id"
    if name in ("page_token", "next_page_token"):
        return "page token"
    return name


class RequestMaker:
    """Makes the requests of one method, from `samples` that would each succeed once, and from known values. Each sample
    has the token of an account that may send it, which is also used for requests made from it."""

    def __init__(self, name: str, method, known: KnownValues, samples: list[tuple[Message, str]]) -> None:
        self.name, self._known, self._samples = name, known, samples
        self.type = message_factory.GetMessageClass(method.input_type)

    def plausible(self, rng: random.Random) -> tuple[Message, str]:
        message, owner = self.type(), ""
        if self._samples and rng.random() < 0.6:
            sample, owner = rng.choice(self._samples)
            message.CopyFrom(sample)
            if "request_id" in message.DESCRIPTOR.fields_by_name:
                message.request_id = extremes.new_uuid(rng)
        else:
            self._fill(message, rng, rng.choice([0.3, 0.8, 1.0]), 0)
        return message, owner

    def with_extremes(self, rng: random.Random) -> tuple[Message, str]:
        message, owner = self.plausible(rng)
        for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 2, 2, 2])):
            path = self.some_path(rng)
            if path:
                self._set_extreme(message, path, rng)
        return message, owner

    def some_path(self, rng: random.Random) -> list:
        """The fields from the request down to one that has no fields, or that is a time or a list."""
        path, descriptor = [], self.type.DESCRIPTOR
        while descriptor.fields and len(path) < DEPTH_MAX:
            field = rng.choices(descriptor.fields, [_interest(field.name) for field in descriptor.fields])[0]
            path.append(field)
            if not field.message_type or field.message_type.full_name in TIMES or (
                    field.is_repeated and rng.random() < 0.5):
                return path
            descriptor = field.message_type
        return path

    def _fill(self, message: Message, rng: random.Random, share: float, depth: int) -> None:
        left_out = {
            field.name for oneof in message.DESCRIPTOR.oneofs
            for field in set(oneof.fields) - {rng.choice(oneof.fields)} if len(oneof.fields) > 1}
        for field in message.DESCRIPTOR.fields:
            if field.name in left_out or (rng.random() > share and field.name != "request_id"):
                continue
            if field.message_type and depth >= DEPTH_MAX:
                continue
            self._set(message, field, rng, lambda: self._value(field, rng), 1 + rng.randrange(3), (share, depth))

    def _set(self, message, field, rng, value, count: int, below=(1.0, 0)) -> None:
        """Gives a field so many values; of messages, fills them."""
        holder = getattr(message, field.name)
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, element = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            for _ in range(count):
                if element.message_type:
                    self._fill(holder[self._value(key, rng)], rng, *_deeper(below))
                else:
                    holder[extremes.scalar(rng, key, [])] = self._value(element, rng)
        elif field.message_type and field.is_repeated:
            for _ in range(count):
                self._fill(holder.add(), rng, *_deeper(below))
        elif field.message_type:
            holder.SetInParent()
            if field.message_type.full_name in TIMES:
                holder.seconds, holder.nanos = _NOW_SECONDS + rng.randrange(10**7), rng.choice([0, 0, 5])
            elif field.message_type.full_name == "google.protobuf.FieldMask":
                siblings = [each for each in message.DESCRIPTOR.fields if each.message_type and each is not field]
                names = [each.name for sibling in siblings for each in sibling.message_type.fields]
                holder.paths.extend(rng.sample(names, min(len(names), 2)))
            else:
                self._fill(holder, rng, *_deeper(below))
        elif field.is_repeated:
            holder.extend(value() for _ in range(count))
        else:
            setattr(message, field.name, value())

    def _value(self, field, rng: random.Random):
        """A plausible value."""
        known = self._known.of(field, self.name)
        if field.name == "request_id":
            return extremes.new_uuid(rng)
        if field.type == Field.TYPE_ENUM:
            return rng.choice(field.enum_type.values).number
        if known:
            return rng.choice(known)
        if field.type == Field.TYPE_STRING:
            return "plain words"
        if field.type == Field.TYPE_BYTES:
            return b"plain words"
        if field.type == Field.TYPE_BOOL:
            return rng.random() < 0.5
        return 0.5 if field.type in extremes.FLOATS else rng.choice([0, 1, 2, 10, 60, 250])

    def _set_extreme(self, message, path, rng: random.Random) -> None:
        for field in path[:-1]:
            if field.message_type.GetOptions().map_entry:
                return self._set(message, field, rng, None, extremes.MANY)
            holder = getattr(message, field.name)
            message = (holder[0] if len(holder) else holder.add()) if field.is_repeated else holder
        field = path[-1]
        if field.message_type and field.message_type.full_name in TIMES and not field.is_repeated:
            time = getattr(message, field.name)
            time.SetInParent()
            time.seconds = rng.choice(extremes.SECONDS)
            time.nanos = rng.choice(extremes.NANOS + [0] * 9)
            return None
        known = self._known.of(field, self.name)
        count = 1
        if field.is_repeated:
            message.ClearField(field.name)
            count = rng.choice([0, 1, 1, 251, extremes.MANY])
        one = self._value(field, rng) if not field.message_type and rng.random() < 0.3 and count > 1 else None
        value = (lambda: one) if one is not None else (lambda: _short(extremes.scalar(rng, field, known), count))
        if field.message_type and field.message_type.full_name == "google.protobuf.FieldMask":
            getattr(message, field.name).paths.extend(extremes.text(rng, []) for _ in range(3))
            return None
        return self._set(message, field, rng, value, count)


def _interest(name: str) -> float:
    """The probability of an extreme value: an invalid id is refused before the other fields are read."""
    return 0.1 if name == "request_id" else 0.4 if re.search(r"(^|_)ids?$", name) else 1.0


def _deeper(below: tuple[float, int]) -> tuple[float, int]:
    return below[0], below[1] + 1


def _short(value, count: int):
    """Many values of a list are short ones: together they are to be decoded, not refused for their size."""
    return value[:100] if count > 1 and isinstance(value, str) else value
