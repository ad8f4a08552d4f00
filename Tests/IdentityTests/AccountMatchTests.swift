import Platform
import Testing

@testable import Identity

@Suite struct AccountMatchTests {
  private static let id = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18") ?? .none
  private static let email = EmailAddress("Ann@Example.com")

  private static func claims(_ email: String? = "Ann@Example.com", verified: Bool = true, hd: String? = nil)
    -> StandardClaims
  {
    var claims = StandardClaims()
    claims.email = email
    claims.isEmailVerified = verified
    claims.hostedDomain = hd
    return claims
  }

  private static func existing(verified: Bool = true, disabled: Bool = false, staff: Bool = false)
    -> AccountMatch.Existing
  {
    AccountMatch.Existing(id: id, isVerified: verified, isDisabled: disabled, isStaff: staff)
  }

  @Test(arguments: [
    ("no address", claims(nil), nil), ("not verified", claims(verified: false), nil),
    ("no address that we can write to", claims("ann"), nil),
    ("not verified, and somebody has it", claims(verified: false), existing(verified: false)),
  ])
  func withoutAnAddressNobodyNewGetsIn(_ story: String, claims: StandardClaims, existing: AccountMatch.Existing?) {
    for linking in ProviderSettings.Linking.allCases {
      #expect(
        AccountMatch.outcome(claims, linking, existing: existing) == .refuse(.externalEmailNotVerified), "\(story)")
    }
  }

  @Test func whatBecomesOfSomebodyWithAnAddress() throws {
    let email = try #require(Self.email)
    for linking in ProviderSettings.Linking.allCases {
      #expect(AccountMatch.outcome(Self.claims(), linking, existing: nil) == .create(email))
      #expect(
        AccountMatch.outcome(Self.claims(), linking, existing: Self.existing(verified: false))
          == .takeOver(Self.id, email))
      for verified in [true, false] {
        #expect(
          AccountMatch.outcome(Self.claims(), linking, existing: Self.existing(verified: verified, disabled: true))
            == .refuse(.accountDisabled))
        #expect(
          AccountMatch.outcome(Self.claims(), linking, existing: Self.existing(verified: verified, staff: true))
            == .refuse(.accountNotLinked))
      }
    }
  }

  @Test(arguments: [
    (ProviderSettings.Linking.never, claims(), false), (.verified, claims(), true), (.hosted, claims(), false),
    (.never, claims(hd: "example.com"), false), (.hosted, claims(hd: "example.com"), true),
    (.hosted, claims(hd: "Example.COM"), true), (.hosted, claims(hd: "example.org"), false),
    (.hosted, claims(hd: ""), false), (.hosted, claims("ann@gmail.com"), true),
    (.hosted, claims("ann@notgmail.com"), false), (.hosted, claims("ann@gmail.com.evil.example"), false),
    (.hosted, claims("gmail.com@evil.example"), false),
  ])
  func anAccountIsLinkedAsFarAsTheProviderIsTrusted(
    linking: ProviderSettings.Linking, claims: StandardClaims, isLinked: Bool
  ) throws {
    let email = try #require(claims.email.flatMap { EmailAddress($0) })
    let outcome = AccountMatch.outcome(claims, linking, existing: Self.existing())
    #expect(outcome == (isLinked ? .link(Self.id, email) : .refuse(.accountNotLinked)))
  }
}
