package import EventLoop
package import RPC

extension EventLoop {
  private static let vaultKey = LoopLocal<Vault>()

  /// The process's vault. Only on the loop.
  package var vault: Vault? {
    get { self[Self.vaultKey] }
    set { self[Self.vaultKey] = newValue }
  }
}

extension EventLoopGroup {
  /// Gives the vault to every loop.
  package func use(_ vault: Vault) async {
    for loop in loops { await Task(executorPreference: loop) { loop.vault = vault }.value }
  }
}

extension Call {
  /// The vault of the loop.
  /// - Throws: ``VaultError/notOpened`` where the server has none.
  package var vault: Vault {
    get throws(VaultError) {
      guard let vault = loop.vault else { throw .notOpened }
      return vault
    }
  }
}
