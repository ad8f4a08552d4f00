import Testing

@testable import fastshop

@Suite struct KnownVariablesTests {
  @Test(arguments: [
    ("FASTSHOP_LISTEN", true), ("FASTSHOP_OIDC_PROVIDERS", true), ("FASTSHOP_OIDC_MY_ACME_ISSUER", true),
    ("FASTSHOP_OIDC_MY_ACME_CLIENT_SECRET_FILE", true), ("FASTSHOP_OIDC_GOOGLE_ISSUER", false),
    ("FASTSHOP_OIDC_MY_ACME_", false), ("FASTSHOP_", false), ("FASTSHOP_listen", false), ("DATABASE_URL", true),
    ("PATH", true), ("MY_FASTSHOP_LISTEN", true),
  ])
  func `only what looks like ours and is not is unknown`(name: String, isFine: Bool) {
    let unknown = KnownVariables(["FASTSHOP_OIDC_PROVIDERS": "my-acme"].merging([name: "my-acme"]) { $1 }).unknown()
    #expect(unknown.map(\.name) == (isFine ? [] : [name]))
  }

  @Test(arguments: [
    ("FASTSHOP_LISTE", "FASTSHOP_LISTEN"), ("FASTSHOP_LISTENS", "FASTSHOP_LISTEN"), ("FASTSHOP_LOPS", "FASTSHOP_LOOPS"),
    ("FASTSHOP_KEYFILE", "FASTSHOP_KEY_FILE"), ("FASTSHOP_OIDC_ACME_CLIENTID", "FASTSHOP_OIDC_ACME_CLIENT_ID"),
    ("FASTSHOP_SOMETHING_ELSE", nil), ("FASTSHOP_", nil), ("FASTSHOP_" + String(repeating: "X", count: 10_000), nil),
  ])
  func `what was meant is the nearest that there is`(name: String, meant: String?) {
    let unknown = KnownVariables(["FASTSHOP_OIDC_PROVIDERS": "acme", name: "x"]).unknown()
    #expect(unknown.map(\.nearest) == [meant])
  }
}
