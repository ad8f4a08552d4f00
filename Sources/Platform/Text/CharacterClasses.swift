extension Unicode.Scalar {
  /// Takes up space, or none, and shows nothing: what is trimmed off the ends of text.
  ///
  /// Not joiners and variation selectors, which end emoji and words of some scripts.
  package var isBlank: Bool {
    if value < 0x80 { return properties.isWhitespace }
    switch value {
    case 0x00ad, 0x115f, 0x1160, 0x180e, 0x200b, 0x2060, 0x2800, 0x3164, 0xfeff, 0xffa0: return true
    default: return properties.isWhitespace || properties.isBidiControl
    }
  }

  /// Whether it may be part of a line: no control character, no line end, no noncharacter of Unicode.
  package var isPrintable: Bool {
    if value < 0x80 { return value >= 0x20 && value != 0x7f }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
    default: return !properties.isNoncharacterCodePoint
    }
  }

  /// Parts a text into lines, or indents them.
  var isLayout: Bool { self == "\n" || self == "\r" || self == "\t" }

  /// Can be seen by itself.
  package var isVisible: Bool {
    if isBlank || properties.isDefaultIgnorableCodePoint { return false }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator,
      .nonspacingMark, .enclosingMark:
      return false
    default:
      return value != 0x1d159  // a note without a head: nothing
    }
  }
}
