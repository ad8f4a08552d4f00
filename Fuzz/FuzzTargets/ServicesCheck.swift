import Platform
import RPC

/// Whatever a request of any method of the shop says, and whoever sends it, the server lives, the call ends, and not in
/// an error that is the server's own.
package enum ServicesCheck {
  /// Bytes before the request: the method's hash, the caller, the encoding.
  private static let headBytes = 6
  /// How long a stream may be silent before it is left: some never say anything.
  private static let streamTimeout = "30m"
  private static let timeout = "15S"
  /// What seeds and dictionaries write for the accounts' ids, which differ from run to run.
  private static let placeholders = ["00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"]

  /// The methods by the hashes of their names.
  private static let ring = FuzzedShop.shared.methods.map { (hash: hash($0.path.utf8.dropFirst()), method: $0) }
    .sorted { $0.hash < $1.hash }

  static func run(_ input: [UInt8]) {
    guard input.count >= headBytes else { return }
    let shop = FuzzedShop.shared
    let wanted = UInt32(truncatingIfNeeded: RawFrames.number(input[0..<4]))
    // The method itself; of a hash that is no method's, the next one.
    guard let method = (ring.first { $0.hash >= wanted } ?? ring.first)?.method else { return }
    let caller = FuzzCaller.allCases[Int(input[4]) % FuzzCaller.allCases.count]
    let isStream = method.kind != .unary
    let isJSON = input[5] & 1 != 0
    let body = withIDs(Array(input.dropFirst(headBytes)), shop.people.map(\.description))
    let fields = [
      (FuzzCaller.field, caller.rawValue),
      isJSON ? ("connect-timeout-ms", isStream ? "30" : "15000") : ("grpc-timeout", isStream ? streamTimeout : timeout),
    ].map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
    let contentType =
      isJSON ? (isStream ? "application/connect+json" : "application/json") : "application/grpc"
    let isFramed = isStream || !isJSON
    let message = isFramed ? [0] + RawFrames.bigEndian(body.count, bytes: 4) + body : body
    let call = RawFrames.greeting + RawFrames.call(method.path, fields, contentType: contentType)
    shop.server.converse([(call + RawFrames.data(message, endsStream: true))[...]]) { answer in
      answer.hasEndedCall || isStream && answer.frames.contains { $0.type == 0 }
    }
    for fault in shop.endings.takeFaults() {
      mustHold(false, "\(method.path) as \(caller.rawValue) ended in \(fault)")
    }
  }

  /// The names of the methods that none of the inputs is for.
  package static func methods(without inputs: [[UInt8]]) -> [String] {
    let tried = Set(inputs.map { UInt32(truncatingIfNeeded: RawFrames.number($0.prefix(4))) })
    return ring.filter { !tried.contains($0.hash) }.map(\.method.path)
  }

  private static func withIDs(_ body: [UInt8], _ ids: [String]) -> [UInt8] {
    var body = body
    for (placeholder, id) in zip(placeholders, ids) {
      let (wanted, given) = (Array(placeholder.utf8), Array(id.utf8))
      var place = 0
      while place + wanted.count <= body.count {
        if body[place...].starts(with: wanted) { body.replaceSubrange(place..<(place + wanted.count), with: given) }
        place += 1
      }
    }
    return body
  }

  /// FNV-1a, which `service_seeds.py` computes as well.
  private static func hash(_ name: some Sequence<UInt8>) -> UInt32 {
    name.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }
}
