/// The passwords of ten characters and more that lists of stolen ones begin with, and what they are made of.
enum CommonPasswords {
  private static let whole: Set<String> = [
    "1234567890", "0123456789", "9876543210", "0987654321", "1234567891", "12345678910", "123456789a", "a123456789",
    "1q2w3e4r5t", "1q2w3e4r5t6y", "q1w2e3r4t5", "q1w2e3r4t5y6", "1qaz2wsx3edc", "qazwsxedcrfv", "qwertyuiop",
    "qwertyuiop123", "asdfghjkl123", "zxcvbnm123", "poiuytrewq", "password12", "password123", "password1234",
    "password12345", "passw0rd123", "p@ssw0rd123", "p@ssword123", "password01", "passwordpassword", "mypassword",
    "mypassword1", "mypassword123", "changeme123", "changeme1234", "letmein123", "letmein1234", "welcome123",
    "welcome1234", "welcome2024", "welcome2025", "welcome2026", "iloveyou123", "iloveyou12", "iloveyou1234",
    "administrator", "administrator1", "admin12345", "admin123456", "adminadmin", "qwerty12345", "qwerty123456",
    "qwerty1234", "abcdefghij", "abcdefghijk", "abcd123456", "abc1234567", "abc123456789", "aa12345678",
    "trustno1trustno1", "sunshine123", "princess123", "football123", "baseball123", "superman123", "starwars123",
    "dragon12345", "monkey12345", "correcthorsebatterystaple", "thisisapassword", "defaultpassword", "temporary123",
    "summer2024!", "summer2025!", "summer2026!", "winter2024!", "winter2025!", "winter2026!", "1111111111",
    "google1234", "facebook123", "linkedin123", "computer123", "internet123", "samsung123", "blink182blink182",
  ]
  private static let runs = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"]

  /// Whether everybody tries it: `lower` is the password in lower case.
  static func contain(_ lower: String) -> Bool {
    whole.contains(lower) || runs.contains { $0.contains(lower) || String($0.reversed()).contains(lower) }
  }
}
