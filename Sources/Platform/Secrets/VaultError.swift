package import Sealing

/// The reason why the vault cannot be opened.
package enum VaultError: Error, Equatable, CustomStringConvertible {
  /// The server has no vault.
  case notOpened
  /// The database's keys were wrapped with a master key that is not here.
  case masterKeyMissing(KeyID)
  /// A key of the database was changed, or is none.
  case damagedKey(String)

  /// A sentence for operators.
  package var description: String {
    switch self {
    case .notOpened: "the server was started without a vault"
    case .masterKeyMissing(let id):
      "the database's keys are wrapped with master key \(id), which is not in the key file: "
        + "FASTSHOP_KEY_FILE must name the file that every server of this database uses"
    case .damagedKey(let id): "key \(id) in platform.data_key was changed, or is not valid"
    }
  }
}
