/// Text that every mail server passes on as it is (RFC 2045, section 2.7): so that whoever reads the file of a mail can
/// copy a link out of it.
enum PlainLines {
  /// Longer lines are no 7bit text (RFC 5322, section 2.1.1).
  static let lineBytesMax = 998

  /// `text` with CR LF at the ends of its lines; nil when it has to be encoded: for a letter beyond ASCII, a control
  /// character, a long line, a blank at a line's end that servers may cut, a line of a mailbox' own
  /// (`From `), or one that could end a part.
  static func encode(_ text: String) -> [UInt8]? {
    let lines = TextLines.split(text)
    guard lines.allSatisfy(isPlain) else { return nil }
    return Array(lines.joined(separator: [0x0D, 0x0A]))
  }

  private static func isPlain(_ line: [UInt8]) -> Bool {
    guard line.count <= lineBytesMax, line.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else {
      return false
    }
    // RFC 3676, section 4.3: the line above a signature ends with a blank, and loses nothing with it.
    if line == Array("-- ".utf8) { return true }
    return line.last != 0x20 && line.last != 0x09 && !line.starts(with: "From ".utf8)
      && !line.starts(with: MIMEMessage.boundaryStart.utf8)
  }
}

/// The lines of a text.
enum TextLines {
  /// The lines without their ends: CR LF, CR or LF.
  static func split(_ text: String) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte == 0x0D || (byte == 0x0A && previous != 0x0D) {
        lines.append([])
      } else if byte != 0x0A {
        lines[lines.count - 1].append(byte)
      }
      previous = byte
    }
    return lines
  }
}
