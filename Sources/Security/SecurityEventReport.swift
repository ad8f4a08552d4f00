package import Platform

/// Something that those who guard the platform should know, as the room where it happened reports it.
package struct SecurityEventReport: Sendable, Equatable {
  /// What can happen. The raw values are the API's `SecurityEventKind` in lower case.
  package enum Kind: String, Sendable, CaseIterable {
    /// A password, a second factor or a mailed token was wrong.
    case signInFailed = "login_failed"
    /// An account or an address has failed so often that it has to wait.
    case lockedOut = "locked_out"
    /// A refresh token was used again after it had been exchanged.
    case refreshReused = "refresh_reused"
    /// Somebody signed in from a device that their account had not been seen on.
    case newDevice = "new_device"
    /// An account may do more, or less, than before, or staff took its second factor away.
    case privilegeChanged = "privilege_changed"
  }

  private static let addressScalarsMax = 100
  private static let deviceScalarsMax = 200
  private static let detailScalarsMax = 500

  /// What happened.
  package let kind: Kind
  /// The account that it is about; nil when there is none.
  package let user: ID?
  /// Where the call came from; empty when nobody knows.
  package let address: String
  /// What the caller calls its device.
  package let device: String
  /// More about it, for people. No secret.
  package let detail: String

  /// An incident; texts that are too long are cut off, and control characters become blanks.
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
