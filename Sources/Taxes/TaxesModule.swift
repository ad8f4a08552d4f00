package import EventLoop
package import Metrics
package import Platform
package import RPC

/// Rates of tax, exemptions and tax numbers.
package struct TaxesModule: ShopModule {
  private let numbers: TaxNumberService?

  /// The module. `numbersURL` is the address of the VIES service; without one, tax numbers count as not checked.
  package init(group: EventLoopGroup, numbersURL: String?) {
    numbers = numbersURL.map { TaxNumberService($0, on: group.loops[0]) }
  }

  package var chores: [Chore] { [CheckedNumber.chore] }

  package func services(_ hub: EventHub) -> [any RPCService] { [TaxHandlers(numbers: numbers)] }

  package func report(to registry: MetricsRegistry) {
    if let numbers { ProviderClient.report([numbers.client], to: registry) }
  }

  package func stop(grace: Duration) async { await numbers?.close() }
}
