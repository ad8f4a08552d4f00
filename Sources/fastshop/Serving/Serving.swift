import EventLoop
import Logging

/// Serves in this process until it is stopped.
struct Serving {
  private enum Event: Sendable {
    case order(WorkerOrder)
    case open([String])
    case failed(any Error)
    case closed
  }

  private let shop: ShopProcess
  private let log = Logger(label: "fastshop")

  init(_ shop: ShopProcess) { self.shop = shop }

  /// Starts the shop, and follows `orders`; `opened` receives the addresses.
  /// - Throws: the exit code.
  func run(_ orders: AsyncStream<WorkerOrder>, opened: ([String]) -> Void) async throws {
    let (events, sender) = AsyncStream.makeStream(of: Event.self)
    Task { for await order in orders { sender.yield(.order(order)) } }
    Task { [shop] in
      do { sender.yield(.open(try await shop.open())) } catch { sender.yield(.failed(error)) }
    }
    var isClosing = false
    for await event in events {
      switch event {
      case .open(let places):
        opened(places)
      case .failed(let error):
        if isClosing { continue }
        await shop.close()
        throw CommandFailure.exit(error)
      case .order(.reload):
        shop.reload()
      case .order(.hurry) where isClosing:
        await shop.hurry()
      case .order where isClosing:
        continue
      case .order(let order):
        isClosing = true
        log.notice("stopping")
        Task { [shop] in
          await shop.close(isHandedOver: order == .handOver)
          sender.yield(.closed)
        }
      case .closed:
        log.notice("stopped")
        return
      }
    }
  }

  /// The orders by signals, for a process without a supervisor. Call it once.
  static func ordersOfSignals() -> AsyncStream<WorkerOrder> {
    let (orders, sender) = AsyncStream.makeStream(of: WorkerOrder.self)
    let signals = ProcessSignals.watch()
    Task {
      var isStopping = false
      for await signal in signals {
        switch signal {
        case .reload: sender.yield(.reload)
        case .upgrade: Logger(label: "fastshop").warning("no upgrade: there is no supervisor")
        case .stop:
          sender.yield(isStopping ? .hurry : .stop)
          isStopping = true
        }
      }
    }
    return orders
  }
}
