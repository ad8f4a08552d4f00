package import RPC

/// The caller, the method and the address of a call, as stored responses and the audit log record them.
package struct CallOrigin: Sendable {
  /// The caller.
  package let caller: Caller
  /// Full name of the RPC: `fastshop.inventory.v1.InventoryService/AdjustStock`.
  package let method: String
  /// The caller's address, as proxies say where they are trusted; nil over a Unix socket.
  package let peer: String?
  /// The vault for the call's secrets.
  package let vault: Vault

  /// An origin for a test, or for an action without a call.
  package init(caller: Caller, method: String, peer: String?, vault: Vault) {
    self.caller = caller
    self.method = method
    self.peer = peer
    self.vault = vault
  }
}

extension Call {
  /// The caller, the method and the address.
  /// - Throws: ``VaultError/notOpened`` where the server has no vault.
  package var origin: CallOrigin {
    get throws(VaultError) {
      CallOrigin(caller: caller, method: String(path.dropFirst()), peer: clientAddress?.description, vault: try vault)
    }
  }
}

extension Caller.Kind {
  /// The name in the database.
  package var name: String {
    switch self {
    case .anonymous: "anonymous"
    case .user: "user"
    case .service: "service"
    case .certificate: "certificate"
    }
  }
}

extension Caller {
  /// Whose request ids are whose: `user:0190b5a4-…`; empty for those without a name.
  package var requestNamespace: String { id.map { "\(kind.name):\($0)" } ?? "" }
}
