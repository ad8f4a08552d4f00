"""The expected outcomes of attacks, for the tables of trials."""

import dataclasses
import typing

import grpc

from hostile.adversary import Adversary
from hostile.calls import GOOD_CALL
from hostile.frames import Code

STATUS_NAMES = {status.value[0]: status.name for status in grpc.StatusCode}


class Outcome(typing.Protocol):
    def check(self, adversary: Adversary, stream: int | None) -> None:
        """Asserts that this is what happened to the attack, and to `stream`."""


@dataclasses.dataclass(frozen=True)
class Goaway:
    """The connection ends with a GOAWAY that has a reason."""

    codes: tuple[Code, ...]

    def check(self, adversary: Adversary, stream: int | None) -> None:
        assert adversary.wait(lambda: adversary.closed), f"the connection goes on; {said(adversary, stream)}"
        assert adversary.goaways and adversary.goaways[-1] in self.codes, said(adversary, stream)


@dataclasses.dataclass(frozen=True)
class Closed:
    """The connection ends, with or without a word."""

    def check(self, adversary: Adversary, stream: int | None) -> None:
        assert adversary.wait(lambda: adversary.closed), f"the connection goes on; {said(adversary, stream)}"


@dataclasses.dataclass(frozen=True)
class Reset:
    """The stream ends with a code; the connection stays open."""

    codes: tuple[Code, ...]

    def check(self, adversary: Adversary, stream: int | None) -> None:
        assert adversary.answer(stream).reset in self.codes, said(adversary, stream)
        Served().check(adversary, None)


@dataclasses.dataclass(frozen=True)
class Status:
    """The call gets one of these gRPC statuses; the connection stays open."""

    names: tuple[str, ...]

    def check(self, adversary: Adversary, stream: int | None) -> None:
        fields = adversary.answer(stream).fields
        assert "grpc-status" in fields, said(adversary, stream)
        assert STATUS_NAMES[int(fields["grpc-status"])] in self.names, said(adversary, stream)
        Served().check(adversary, None)


@dataclasses.dataclass(frozen=True)
class Http:
    """The request gets one of these HTTP statuses; the connection stays open."""

    statuses: tuple[str, ...]

    def check(self, adversary: Adversary, stream: int | None) -> None:
        assert adversary.answer(stream).fields.get(":status") in self.statuses, said(adversary, stream)
        Served().check(adversary, None)


@dataclasses.dataclass(frozen=True)
class Served:
    """Nothing ends: the stream, if there is one, is answered, and so is another call on the same connection."""

    def check(self, adversary: Adversary, stream: int | None) -> None:
        for each in (stream, adversary.call(*GOOD_CALL)):
            if each is not None:
                assert adversary.answer(each).fields.get("grpc-status") == "0", said(adversary, each)
        assert not adversary.goaways, said(adversary, stream)


@dataclasses.dataclass(frozen=True)
class AnyOf:
    """The standard leaves a choice."""

    outcomes: tuple[Outcome, ...]

    def check(self, adversary: Adversary, stream: int | None) -> None:
        failures = []
        for outcome in self.outcomes:
            try:
                return outcome.check(adversary, stream)
            except AssertionError as failure:
                failures.append(str(failure))
        raise AssertionError("; ".join(failures))


def goaway(*codes: Code) -> Goaway:
    return Goaway(codes)


def reset(*codes: Code) -> Reset:
    return Reset(codes)


def status(*names: str) -> Status:
    return Status(names)


def http(*statuses: str) -> Http:
    return Http(statuses)


def any_of(*choices: Outcome | Code | str) -> AnyOf:
    """A code is that of a GOAWAY, a name is a gRPC status."""
    return AnyOf(tuple(
        Goaway((choice,)) if isinstance(choice, Code) else Status((choice,)) if isinstance(choice, str) else choice
        for choice in choices))


SERVED, CLOSED = Served(), Closed()
CALM = goaway(Code.ENHANCE_YOUR_CALM)
MALFORMED = goaway(Code.PROTOCOL_ERROR)


def said(adversary: Adversary, stream: int | None) -> str:
    """All responses of the server, for the message of a failure."""
    told = [f"GOAWAY {code.name}" for code in adversary.goaways]
    if stream is not None:
        seen = adversary.seen(stream)
        told += [f"{name}: {value}" for name, value in seen.fields.items()]
        told += [f"RST_STREAM {seen.reset.name}"] if seen.reset is not None else []
    return "it said " + (", ".join(told) or "nothing") + (" and closed" if adversary.closed else "")
