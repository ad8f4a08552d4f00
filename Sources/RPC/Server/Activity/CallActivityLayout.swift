/// The memory layout of a server's call activity: a header, the methods' names separated by line ends, and a few cache
/// lines for each loop.
///
/// A loop's lines begin with the number of the method whose handler began last. From ``countsStart`` on they hold the
/// number of handlers in flight, by the method's number. Numbers begin at 1; 0 stands for calls without a method.
struct CallActivityLayout: Equatable {
  static let wordBytes = 4
  static let lineBytes = 64
  /// The first of a loop's words that is a count: those before it are a cache line.
  static let countsStart = lineBytes / wordBytes
  /// Identifies the memory and the version of its layout.
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

  /// Reads a header that another process wrote; nil when it is not a header, or has impossible sizes.
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
