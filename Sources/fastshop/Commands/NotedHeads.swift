import FoundationEssentials
import Platform

/// How far the chains of the audit log went when they were last verified: a line for each, its number, its length and
/// its last hash.
struct NotedHeads {
  private let path: String
  let heads: [Int: ChainPlace]

  /// Reads the file; where there is none, nothing was noted yet.
  init(path: String) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      heads = [:]
      return
    }
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    var heads: [Int: ChainPlace] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let chain = Int(words[0]), let length = Int64(words[1]), let hash = Self.bytes(words[2])
      else { throw SettingError(name: "--heads", value: path, wanted: "a file that this command wrote") }
      heads[chain] = ChainPlace(length: length, hash: hash)
    }
    self.heads = heads
  }

  func write(_ heads: [Int: ChainPlace]) throws {
    let lines = heads.sorted { $0.key < $1.key }.map { chain, place in
      "\(chain) \(place.length) \(place.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\n"
    }
    try Data(lines.joined().utf8).write(to: URL(filePath: path), options: .atomic)
  }

  private static func bytes(_ hex: Substring) -> [UInt8]? {
    let digits = hex.compactMap(\.hexDigitValue)
    guard digits.count == 64, hex.count == 64 else { return nil }
    return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
