/// The check digits of countries with several kinds of numbers.
enum OtherTaxNumberRules {
  static func isBulgarian(_ digits: [Int]) -> Bool {
    if digits.count == 9 {
      let first = CheckDigits.sum(digits, [1, 2, 3, 4, 5, 6, 7, 8]) % 11
      let second = CheckDigits.sum(digits, [3, 4, 5, 6, 7, 8, 9, 10]) % 11
      return (first == 10 ? second % 10 : first) == digits[8]
    }
    let citizen = CheckDigits.sum(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10
    let foreigner = CheckDigits.sum(digits, [21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10
    let other = 11 - CheckDigits.sum(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return [citizen, foreigner, other % 11].contains(digits[9])
  }

  static func isCypriot(_ number: String) -> Bool {
    guard !number.hasPrefix("12"), let letter = number.utf8.last else { return false }
    let values = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
    let sum = CheckDigits.digits(number.prefix(8)).enumerated().reduce(0) { sum, next in
      sum + (next.offset.isMultiple(of: 2) ? values[next.element] : next.element)
    }
    return sum % 26 == Int(letter) - 65
  }

  static func isCzech(_ digits: [Int]) -> Bool {
    switch digits.count {
    case 8:
      let check = 11 - CheckDigits.sum(digits, [8, 7, 6, 5, 4, 3, 2]) % 11
      return digits[0] != 9 && check % 10 == digits[7]
    case 10: return CheckDigits.number(digits).isMultiple(of: 11)
    // Of persons who were born before 1954, and of groups: without a public check digit.
    default: return true
    }
  }

  static func isSpanish(_ number: String) -> Bool {
    guard let first = number.utf8.first, let last = number.utf8.last else { return false }
    let letters = Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return letters[CheckDigits.number(CheckDigits.digits(number.prefix(8))) % 23] == last
    case UInt8(ascii: "X"), UInt8(ascii: "Y"), UInt8(ascii: "Z"):
      let digits = [Int(first - UInt8(ascii: "X"))] + CheckDigits.digits(number.dropFirst().prefix(7))
      return letters[CheckDigits.number(digits) % 23] == last
    case UInt8(ascii: "K"), UInt8(ascii: "L"), UInt8(ascii: "M"):
      return letters[CheckDigits.number(CheckDigits.digits(number.dropFirst().prefix(7))) % 23] == last
    default:
      guard "ABCDEFGHJNPQRSUVW".utf8.contains(first) else { return false }
      let digits = CheckDigits.digits(number.dropFirst().prefix(7))
      let sum = digits.enumerated().reduce(0) { sum, next in
        let value = next.offset.isMultiple(of: 2) ? 2 * next.element : next.element
        return sum + value / 10 + value % 10
      }
      let check = (10 - sum % 10) % 10
      return last == UInt8(48 + check) || last == Array("JABCDEFGHI".utf8)[check]
    }
  }

  static func isFrench(_ number: String) -> Bool {
    let company = CheckDigits.digits(number.dropFirst(2))
    // Of Monaco, numbers begin with 000 and are no SIREN.
    guard company.prefix(3) == [0, 0, 0] || CheckDigits.isLuhn(company) else { return false }
    let siren = CheckDigits.number(company)
    let key = Array(number.utf8.prefix(2))
    let places = key.compactMap { Array("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".utf8).firstIndex(of: $0) }
    guard places.count == 2 else { return false }
    if places.allSatisfy({ $0 < 10 }) { return (siren * 100 + 12) % 97 == places[0] * 10 + places[1] }
    let check = places[0] < 10 ? places[0] * 24 + places[1] - 10 : places[0] * 34 + places[1] - 100
    return (siren + check / 11 + 1 - check) % 11 == 0
  }

  static func isIrish(_ number: String) -> Bool {
    let letters = Array("WABCDEFGHIJKLMNOPQRSTUV".utf8)
    var bytes = Array(number.utf8)
    var extra = 0
    if bytes.count == 9 {
      extra = 9 * (Int(bytes[8]) - 64)
      bytes.removeLast()
    }
    guard bytes.count == 8, let last = bytes.last else { return false }
    let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[1])
    // The old form has a letter in its second place, and its first digit last.
    let digits =
      isDigit
      ? CheckDigits.digits(number.prefix(7))
      : [0] + CheckDigits.digits(number.dropFirst(2).prefix(5)) + CheckDigits.digits(number.prefix(1))
    return letters[(CheckDigits.sum(digits, [8, 7, 6, 5, 4, 3, 2]) + extra) % 23] == last
  }

  static func isLithuanian(_ digits: [Int]) -> Bool {
    let all = digits.dropLast().enumerated()
    var check = all.reduce(0) { $0 + (1 + $1.offset % 9) * $1.element } % 11
    if check == 10 { check = all.reduce(0) { $0 + (1 + ($1.offset + 2) % 9) * $1.element } % 11 }
    return check % 10 == digits.last
  }

  static func isBritish(_ number: String) -> Bool {
    // Those of departments and of health authorities have no check digits.
    if number.hasPrefix("GD") || number.hasPrefix("HA") { return true }
    let digits = CheckDigits.digits(number)
    let sum = CheckDigits.sum(digits, [8, 7, 6, 5, 4, 3, 2, 10, 1])
    return sum.isMultiple(of: 97) || (sum + 55).isMultiple(of: 97)
  }
}
