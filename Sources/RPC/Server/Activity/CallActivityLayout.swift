/// How the memory of a server's call activity is laid out: a header, the methods' names with line ends between them,
/// and for each loop a few cache lines.
///
/// A loop's lines begin with the number of the method whose handler began last; from ``countsStart`` on they hold how
/// many handlers are in flight, by the method's number. Numbers begin at 1; 0 stands for calls of no method.
struct CallActivityLayout: Equatable {
  static let wordBytes = 4
  static let lineBytes = 64
  /// The first of a loop's words that is a count: those before it are a cache line.
  static let countsStart = lineBytes / wordBytes
  /// Says what this memory is, and in which form.
  private static let magic: Int32 = 0x6673_6101
  private static let headerWords = 4
  private static let loopsMax = 1 << 12
  private static let methodsMax = 1 << 14
  private static let nameBytesMax = 1 << 20

  let loops: Int
  let methods: Int
  let nameBytes: Int

  init(loops: Int, methods: Int, nameBytes: Int) {
    self.loops = loops
    self.methods = methods
    self.nameBytes = nameBytes
  }

  /// Reads a header that somebody else wrote; nil when it is none, or of sizes that cannot be meant.
  init?(header: [Int32]) {
    guard header.count == Self.headerWords, header[0] == Self.magic, (1...Self.loopsMax).contains(Int(header[1])),
      (0...Self.methodsMax).contains(Int(header[2])), (0...Self.nameBytesMax).contains(Int(header[3]))
    else { return nil }
    self.init(loops: Int(header[1]), methods: Int(header[2]), nameBytes: Int(header[3]))
  }

  var header: [Int32] {
    [Self.magic, Int32(clamping: loops), Int32(clamping: methods), Int32(clamping: nameBytes)]
  }

  static var headerBytes: Int { headerWords * wordBytes }
  var namesStart: Int { Self.lineBytes }
  var byteCount: Int { start(ofLoop: loops) }

  func start(ofLoop index: Int) -> Int { namesStart + Self.wholeLines(nameBytes) + index * loopBytes }

  private var loopBytes: Int { Self.wholeLines((Self.countsStart + methods + 1) * Self.wordBytes) }

  private static func wholeLines(_ bytes: Int) -> Int { (bytes + lineBytes - 1) / lineBytes * lineBytes }
}
