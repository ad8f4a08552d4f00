"""Linking an external account to one's own, and removing the link."""

import uuid

import grpc
from external_sign_in import REDIRECT, answer_of, call, finish, link, new_elsewhere, sign_in, start, unlink
from external_sign_in_fixtures import acme, providers, refusal, shop
from accounts import PASSWORD, mails_to, new_account, refused_as

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


def test_a_user_links_lists_and_unlinks(shop, providers, cluster):
    ada = new_account(shop, cluster, "ada")
    own = ada.tokens(shop).access_token
    elsewhere = new_elsewhere("other")
    made = link(shop, providers["acme"], own, PASSWORD, **elsewhere)
    assert link(shop, providers["acme"], own, PASSWORD, **elsewhere).id == made.id, "twice is once"
    assert (made.provider, made.issuer, made.email) == ("acme", providers["acme"].issuer, elsewhere["email"])
    assert not made.HasField("last_sign_in_time")
    assert sign_in(shop, providers["acme"], **elsewhere).tokens.user_id == ada.tokens(shop).user_id
    listed, = call(shop, "ListExternalAccounts", own).accounts
    assert listed.id == made.id and listed.HasField("last_sign_in_time")
    unlink(shop, own, made.id, PASSWORD)
    assert not call(shop, "ListExternalAccounts", own).accounts
    assert refused_as(lambda: unlink(shop, own, made.id, PASSWORD)) == grpc.StatusCode.NOT_FOUND
    subjects = [mail.split("Subject: ")[1].split("\n")[0] for mail in mails_to(shop.folder / "data/mail", ada.email, 3)]
    assert "You can now sign in with Acme & Co" in str(subjects)
    assert "You can no longer sign in with Acme & Co" in str(subjects)


def test_others_links_are_not_there(shop, acme, cluster):
    ada, eve = (new_account(shop, cluster, name).tokens(shop).access_token for name in ("ada", "eve"))
    made = link(shop, acme, ada, PASSWORD, **new_elsewhere())
    assert not call(shop, "ListExternalAccounts", eve).accounts
    for id in (made.id, str(uuid.uuid4())):
        assert refused_as(lambda: unlink(shop, eve, id, PASSWORD)) == grpc.StatusCode.NOT_FOUND
    assert [one.id for one in call(shop, "ListExternalAccounts", ada).accounts] == [made.id]


def test_an_account_elsewhere_signs_in_one_user_alone(shop, acme, cluster):
    elsewhere = new_elsewhere()
    sign_in(shop, acme, **elsewhere)
    own = new_account(shop, cluster, "eve").tokens(shop).access_token
    assert refusal(lambda: link(shop, acme, own, PASSWORD, **elsewhere)) == "EXTERNAL_ACCOUNT_TAKEN"


def test_the_last_way_to_sign_in_stays(shop, providers):
    first = sign_in(shop, providers["acme"], **new_elsewhere())
    own = first.tokens.access_token
    only, = call(shop, "ListExternalAccounts", own).accounts
    assert refusal(lambda: unlink(shop, own, only.id)) == "LAST_SIGN_IN"
    link(shop, providers["open"], own, key="open", **new_elsewhere())
    unlink(shop, own, only.id)
    assert [one.provider for one in call(shop, "ListExternalAccounts", own).accounts] == ["open"]


def test_a_stolen_token_links_nothing(shop, cluster, acme):
    own = new_account(shop, cluster, "ada").tokens(shop).access_token
    for password in ("", "not the password"):
        start_link = {"provider": "acme", "redirect_uri": REDIRECT, "password": password}
        assert refused_as(lambda: call(shop, "BeginExternalLink", own, **start_link)) == UNAUTHENTICATED
    own = sign_in(shop, acme, **new_elsewhere()).tokens.access_token
    cluster.sql(shop.database, "UPDATE identity.session SET created_at = created_at - interval '16 minutes'")
    start_link = {"provider": "acme", "redirect_uri": REDIRECT}
    assert refusal(lambda: call(shop, "BeginExternalLink", own, **start_link)) == "SIGN_IN_AGAIN"


def test_a_link_is_finished_by_the_session_that_began_it(shop, acme, cluster):
    ada, eve = new_account(shop, cluster, "ada"), new_account(shop, cluster, "eve")
    own, other, eves = ada.tokens(shop).access_token, ada.tokens(shop).access_token, eve.tokens(shop).access_token
    def begun():
        fields = {"provider": "acme", "redirect_uri": REDIRECT, "password": PASSWORD}
        visit = call(shop, "BeginExternalLink", own, **fields).authorization_request
        return answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))
    def linked(token, answer):
        return call(shop, "ConfirmExternalLink", token, authorization_response=answer)
    for token in (other, eves):
        assert refusal(lambda: linked(token, begun())) == "INVALID_STATE"
    assert refusal(lambda: finish(shop, begun())) == "INVALID_STATE", "it is no sign-in"
    visit = start(shop)
    answer = answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))
    assert refusal(lambda: linked(own, answer)) == "INVALID_STATE", "it is no link"
