package import Platform

/// A security event, as the module where it happened reports it.
package struct SecurityEventReport: Sendable, Equatable {
  /// The kind of event, as the database stores it.
  package enum Kind: String, Sendable, CaseIterable {
    /// A password, a second factor or a mailed token was wrong.
    case signInFailed = "login_failed"
    /// An account or an address is locked out after too many failures.
    case lockedOut = "locked_out"
    /// An exchanged refresh token was used again.
    case refreshReused = "refresh_reused"
    /// Somebody signed in from a new device.
    case newDevice = "new_device"
    /// The privileges of an account changed, or staff removed its second factor.
    case privilegeChanged = "privilege_changed"
  }

  private static let addressScalarsMax = 100
  private static let deviceScalarsMax = 200
  private static let detailScalarsMax = 500

  /// The kind of event.
  package let kind: Kind
  /// The account; nil when there is none.
  package let user: ID?
  /// The IP address of the caller; empty when it is unknown.
  package let address: String
  /// The name of the caller's device.
  package let device: String
  /// Details for people. No secret.
  package let detail: String

  /// A report. Long texts are truncated, and control characters become spaces.
  package init(_ kind: Kind, user: ID?, address: String = "", device: String = "", detail: String = "") {
    self.kind = kind
    self.user = user
    self.address = Self.short(address, Self.addressScalarsMax)
    self.device = Self.short(device, Self.deviceScalarsMax)
    self.detail = Self.short(detail, Self.detailScalarsMax)
  }

  private static func short(_ text: String, _ scalarsMax: Int) -> String {
    let scalars = text.unicodeScalars.prefix(scalarsMax).map { scalar in
      scalar.properties.generalCategory == .control ? " " : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
