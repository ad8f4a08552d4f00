import Testing

@testable import Images

@Suite struct ImageProcessorTests {
  private static let sizes = [RenditionSize("large", sideMax: 300), RenditionSize("small", sideMax: 50)]

  @Test("the type of an image is told by its content", arguments: ImageType.allCases)
  func types(type: ImageType) async throws {
    try await ImageProcessor.run { images async throws in
      let header = try await images.header(ofBytes: try await images.sample(type))
      #expect(header == ImageHeader(type: type, width: 400, height: 200))
    }
  }

  @Test(
    "what is no image of these types is refused",
    arguments: [
      [], [0xFF], Array("hello".utf8), Array("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".utf8),
      Array("GIF89a\u{1}\0\u{1}\0\0\0\0;".utf8), Array("%PDF-1.4\n".utf8),
      Array("BM".utf8) + Array(repeating: 0, count: 99),
      Array("#!/bin/sh\n".utf8), Array(repeating: 0, count: 4_096),
    ] as [[UInt8]])
  func noImages(bytes: [UInt8]) async throws {
    try await ImageProcessor.run { images async throws in
      await #expect(throws: ImageError.notAnImage) { try await images.header(ofBytes: bytes) }
    }
  }

  @Test("a drawing of the shop's own becomes the same image each time; one from outside is none")
  func drawing() async throws {
    try await ImageProcessor.run { images async throws in
      let svg = """
        <svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="9" cy="9" r="8" fill="#a33"/></svg>
        """
      let first = try await images.draw(svg: svg, as: .jpeg)
      #expect(try await images.draw(svg: svg, as: .jpeg) == first)
      #expect(try await images.header(ofBytes: first) == ImageHeader(type: .jpeg, width: 40, height: 20))
      await #expect(throws: ImageError.notAnImage) { try await images.header(ofBytes: Array(svg.utf8)) }
      await #expect(throws: ImageError.self) { try await images.draw(svg: "<svg", as: .jpeg) }
    }
  }

  @Test("renditions keep the shape, and are never larger than the image")
  func renditions() async throws {
    try await ImageProcessor.run { images async throws in
      for type in ImageType.allCases {
        let made = try await images.renditions(ofBytes: try await images.sample(type), Self.sizes)
        #expect(made.map(\.size.name) == ["large", "large", "small", "small"])
        #expect(made.map(\.type) == [.webp, .jpeg, .webp, .jpeg])
        for (rendition, (width, height)) in zip(made, [(300, 150), (300, 150), (50, 25), (50, 25)]) {
          let header = try await images.header(ofBytes: rendition.bytes)
          #expect(header == ImageHeader(type: rendition.type, width: width, height: height))
        }
      }
      let tiny = try await images.renditions(ofBytes: try await images.sample(.png, 20, 10), Self.sizes, [.jpeg])
      for rendition in tiny { #expect(try await images.header(ofBytes: rendition.bytes).width == 20) }
    }
  }

  @Test("an image is turned as its camera was held, and its place and camera are forgotten", arguments: 1...8)
  func orientation(orientation: Int) async throws {
    try await ImageProcessor.run { images async throws in
      let photo = TestImage.jpeg(try await images.sample(.jpeg), orientation: UInt8(orientation))
      let isTurned = orientation >= 5
      let size = isTurned ? (200, 400) : (400, 200)
      let header = try await images.header(ofBytes: photo)
      #expect((header.width, header.height) == size)
      let made = try await images.renditions(ofBytes: photo, [RenditionSize("large", sideMax: 400)], [.jpeg, .webp])
      for rendition in made {
        #expect(try await images.header(ofBytes: rendition.bytes).width == size.0)
        for (what, bytes) in TestImage.told {
          let (wasThere, isThere) = (photo.contains(bytes), rendition.bytes.contains(bytes))
          #expect(wasThere && !isThere, "\(rendition.type) tells the \(what)")
        }
      }
      let corner = try await images.corner(ofBytes: made[0].bytes)
      let expected: [Colour] = [.red, .green, .blue, .blue, .red, .blue, .blue, .green]
      #expect(Colour(corner) == expected[orientation - 1], "\(corner)")
    }
  }

  @Test(
    "a huge picture in a small file is refused before it is decoded",
    arguments: [
      (50_000, 1_001), (40_000, 40_000), (1_000_000, 1_000_000), (100_000_000, 1),
    ] as [(UInt32, UInt32)])
  func bombs(width: UInt32, height: UInt32) async throws {
    try await ImageProcessor.run { images async throws in
      let bomb = TestImage.bomb(width, height)
      let errors = [
        await #expect(throws: ImageError.self) { _ = try await images.header(ofBytes: bomb) },
        await #expect(throws: ImageError.self) { _ = try await images.renditions(ofBytes: bomb, Self.sizes) },
      ]
      for error in errors {
        switch error {
        // The file has no pixels: a decoder would call it damaged. Beyond a million pixels a side, the reader of the
        // header refuses.
        case .tooManyPixels, .notAnImage: break
        default: Issue.record("\(error as Any)")
        }
      }
    }
  }

  @Test("a small file whose decoding would take hours is refused before libvips opens it")
  func slowFiles() async throws {
    let limits = ImageLimits()
    try await ImageProcessor.run { images async throws in
      let jpeg = try await images.sample(.jpeg)
      // Its own scans and ten more are usual.
      let usual = try await images.header(ofBytes: TestImage.jpeg(jpeg, moreScans: 10))
      #expect(usual == ImageHeader(type: .jpeg, width: 400, height: 200))
      let slow = [
        "scans": TestImage.jpeg(jpeg, moreScans: limits.scansMax),
        "frames": TestImage.webp(frames: limits.chunksMax, isNested: false),
        "frames in a frame": TestImage.webp(frames: limits.chunksMax, isNested: true),
      ]
      for (what, bytes) in slow {
        let error = await #expect(throws: ImageError.self, "\(what)") { _ = try await images.header(ofBytes: bytes) }
        if case .damaged = error {} else { Issue.record("\(what): \(error as Any)") }
      }
    }
  }

  @Test("a PNG with more compressed text than the limit is refused before libvips unpacks it")
  func compressedText() async throws {
    let limit = Int(ImageLimits().textBytesMax)
    let (keyword, plain) = (Array("Comment".utf8) + [0], [UInt8](repeating: 0, count: 4))
    func text(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x41, count: count) }
    try await ImageProcessor.run { images async throws in
      let png = try await images.sample(.png)
      let refused = [
        TestImage.png(png, with: "zTXt", keyword + [0] + text(limit)),
        TestImage.png(png, with: "iTXt", keyword + [1, 0, 0, 0] + text(limit)),
        TestImage.png(png, with: "iTXt", text(limit + 1)),
        (0..<1_100).reduce(png) { png, _ in TestImage.png(png, with: "zTXt", keyword + [0] + text(60)) },
      ]
      for (index, bytes) in refused.enumerated() {
        let error = await #expect(throws: ImageError.self, "\(index)") { _ = try await images.header(ofBytes: bytes) }
        if case .damaged = error {} else { Issue.record("\(index): \(error as Any)") }
      }
      for name in ["tEXt", "iTXt"] {
        let large = TestImage.png(png, with: name, keyword + (name == "iTXt" ? plain : []) + text(2 * limit))
        #expect(try await images.header(ofBytes: large).width == 400, "\(name)")
      }
    }
  }

  @Test("a picture with a longer side than a JPEG can have is refused")
  func sides() async throws {
    let sideMax = UInt32(ImageLimits().sideMax)
    try await ImageProcessor.run { images async throws in
      for (width, height) in [(1, sideMax + 1), (sideMax + 1, 1)] {
        let error = await #expect(throws: ImageError.self) {
          _ = try await images.header(ofBytes: TestImage.bomb(width, height))
        }
        if case .damaged = error {} else { Issue.record("\(error as Any)") }
      }
      #expect(try await images.header(ofBytes: TestImage.bomb(1, sideMax)).height == Int(sideMax))
    }
  }

  @Test("who is cancelled while images wait does not wait for them")
  func cancellation() async throws {
    let processor = ImageProcessor(threads: 0)
    let (started, sender) = AsyncStream.makeStream(of: Void.self)
    let waiting = Task { () async -> ImageError? in
      sender.yield()
      do throws(ImageError) {
        _ = try await processor.header(of: "/nowhere")
        return nil
      } catch {
        return error
      }
    }
    for await _ in started { break }
    waiting.cancel()
    // No thread would ever have answered.
    #expect(await waiting.value == .cancelled)
    await processor.close()
  }

  @Test("a JPEG of several scans needs twice the memory, so that half the pixels are accepted")
  func decodedBytesOfScans() async throws {
    var limits = ImageLimits()
    limits.decodedBytesMax = 400 * 200 * 3 * 2
    try await ImageProcessor.run(limits: limits) { images async throws in
      #expect(try await images.header(ofBytes: try await images.sample(.jpeg)).width == 400)
    }
    limits.decodedBytesMax -= 2
    try await ImageProcessor.run(limits: limits) { images async throws in
      let jpeg = try await images.sample(.jpeg)
      await #expect(throws: ImageError.tooManyPixels(width: 400, height: 200, limit: 400 * 200 - 1)) {
        try await images.header(ofBytes: jpeg)
      }
      #expect(try await images.header(ofBytes: try await images.sample(.png)).width == 400)
    }
  }

  @Test("the limits of pixels and of decoded bytes hold, each for itself")
  func limits() async throws {
    var few = ImageLimits()
    few.pixelsMax = 400 * 200 - 1
    try await ImageProcessor.run(limits: few) { images async throws in
      let error = ImageError.tooManyPixels(width: 400, height: 200, limit: few.pixelsMax)
      for type in ImageType.allCases {
        let bytes = try await images.sample(type)
        await #expect(throws: error) { try await images.header(ofBytes: bytes) }
        await #expect(throws: error) { try await images.renditions(ofBytes: bytes, Self.sizes) }
      }
    }
    var small = ImageLimits()
    small.decodedBytesMax = 400 * 200 * 3
    try await ImageProcessor.run(limits: small) { images async throws in
      #expect(try await images.header(ofBytes: try await images.sample(.png)).width == 400)
    }
    small.decodedBytesMax -= 1
    try await ImageProcessor.run(limits: small) { images async throws in
      let bytes = try await images.sample(.png)
      await #expect(throws: ImageError.self) { try await images.header(ofBytes: bytes) }
    }
  }

  @Test("a file that is cut at any byte is refused", arguments: ImageType.allCases)
  func cutAnywhere(type: ImageType) async throws {
    try await ImageProcessor.run { images async throws in
      let whole = try await images.sample(type, 20, 20)
      for count in 0..<whole.count {
        await #expect(throws: ImageError.self, "\(count) of \(whole.count) bytes") {
          try await images.renditions(ofBytes: Array(whole.prefix(count)), Self.sizes)
        }
      }
      #expect(try await images.renditions(ofBytes: whole, Self.sizes).isEmpty == false)
    }
  }

  @Test("a larger file that is cut is refused", arguments: ImageType.allCases)
  func cut(type: ImageType) async throws {
    try await ImageProcessor.run { images async throws in
      let whole = try await images.sample(type, 300, 300)
      for part in [1, 2, 3, 5, 9] {
        let cut = Array(whole.prefix(whole.count * part / 10))
        await #expect(throws: ImageError.self, "\(part) tenths") {
          try await images.renditions(ofBytes: cut, Self.sizes)
        }
      }
    }
  }
}

/// A colour of the drawn image.
private enum Colour {
  case red, green, blue

  init?(_ pixel: [Int]) {
    guard let most = pixel.max(), most > 200, let index = pixel.firstIndex(of: most) else { return nil }
    self = [.red, .green, .blue][index]
  }
}
