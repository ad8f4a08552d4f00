import FoundationEssentials
import Platform

/// The file of `fastshop audit verify --heads`: one record of the chains' ends at the last successful verification.
struct HeadsFile {
  private static let remark = "# Heads of the audit log at the last verification; signed, do not edit.\n"

  private let path: String

  /// The records of the file.
  let noted: RecordedHeads

  /// Reads the file.
  /// - Parameter isFirst: whether there may be none, or one of an earlier release, which has no signature.
  init(path: String, isFirst: Bool, _ keys: AuditKeys) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      guard isFirst else { throw NothingToCompare(path: path) }
      noted = RecordedHeads()
      return
    }
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    var noted = RecordedHeads()
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      noted.add(line: line, number: number + 1, since: nil, keys)
    }
    if isFirst, noted.count == 0, let old = Self.unsigned(text) { noted.add(unsigned: old) }
    guard noted.count > 0 || noted.hasFlaws else {
      throw SettingError(
        name: "--heads", value: path, wanted: "a file that this command wrote; one of an earlier release needs --first")
    }
    self.noted = noted
  }

  /// Replaces the file.
  func write(_ heads: AuditHeads, _ keys: AuditKeys) throws {
    let text = Self.remark + heads.text(signedBy: keys) + "\n"
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  /// The places in a file of an earlier release: a line for each chain, its number, its length, its last hash.
  private static func unsigned(_ text: String) -> [Int: ChainPosition]? {
    var heads: [Int: ChainPosition] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let chain = Int(words[0]), let length = Int64(words[1]), let hash = bytes(words[2])
      else { return nil }
      if length > 0 { heads[chain] = ChainPosition(length: length, hash: hash) }
    }
    return heads
  }

  private static func bytes(_ hex: Substring) -> [UInt8]? {
    let digits = hex.compactMap(\.hexDigitValue)
    guard digits.count == 64, hex.count == 64 else { return nil }
    return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}

/// The named file of heads does not exist.
struct NothingToCompare: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "there are no heads in \(path) to compare with: they were removed, or this is the first run; for a file, "
      + "say --first then"
  }
}
