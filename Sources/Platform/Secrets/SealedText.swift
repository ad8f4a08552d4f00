package import RPC
package import Sealing

extension Vault {
  /// Seals a text for its place.
  package func seal(text: String, for place: SealedPlace) throws(SealingError) -> [UInt8] {
    try seal(Array(text.utf8), for: place)
  }

  /// Opens a text.
  package func openText(_ sealed: [UInt8], for place: SealedPlace) throws(UnopenedValue) -> String {
    do throws(SealingError) {
      return String(decoding: try open(sealed, for: place), as: UTF8.self)
    } catch {
      throw UnopenedValue(place: place, reason: error)
    }
  }
}

/// A sealed value in the database cannot be opened: its key is lost, or the value was changed or moved.
package struct UnopenedValue: Error, Equatable, CustomStringConvertible {
  /// Its table, column and row.
  package let place: SealedPlace
  /// Why not.
  package let reason: SealingError

  /// A value of that place.
  package init(place: SealedPlace, reason: SealingError) { (self.place, self.reason) = (place, reason) }

  /// A sentence for operators.
  package var description: String { "\(place.table).\(place.column) of \(place.row): \(reason)" }
}

extension UnopenedValue: RPCErrorConvertible {
  /// The error for the caller: INTERNAL, for which the server logs the whole sentence.
  package var rpcError: RPCError {
    PlatformReason.sealedValueUnreadable.error()
  }
}
