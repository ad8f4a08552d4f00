import Testing

@testable import Mail

@Suite struct MailboxTests {
  @Test(arguments: [
    ("ann@example.com", "ann@example.com"), ("Ann@Example.COM", "ann@example.com"),
    ("ann+1@example.com", "ann@example.com"), ("ann+a+b@example.com", "ann@example.com"),
    ("a.n.n@gmail.com", "ann@gmail.com"), ("ann@googlemail.com", "ann@gmail.com"),
    ("A.nn+shop@GoogleMail.com", "ann@gmail.com"),
    // Elsewhere dots tell mailboxes apart, and a name may begin with a plus.
    ("a.nn@example.com", "a.nn@example.com"), ("+ann@example.com", "+ann@example.com"),
    ("nonsense", "nonsense"), ("", ""), ("@", "@"), ("ann@", "ann@"),
  ])
  func `addresses of one mailbox are one`(address: String, mailbox: String) {
    #expect(MailboxLimit.mailbox(of: address) == mailbox)
  }

  @Test func `a multiple of a limit is as many times as much`() {
    #expect(MailboxLimit.usual.times(3) == MailboxLimit(perQuarterHour: 9, perDay: 30))
  }
}
