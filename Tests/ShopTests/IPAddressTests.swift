import Testing

@testable import Platform

@Suite struct IPAddressTests {
  @Test(
    arguments: [
      ("0.0.0.0", "0.0.0.0"), ("203.0.113.9", "203.0.113.9"), ("255.255.255.255", "255.255.255.255"),
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8::1", "2001:db8::1"),
      ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("::ffff:203.0.113.9", "203.0.113.9"), ("::ffff:cb00:7109", "203.0.113.9"),
      ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
      ("::192.0.2.33", "::c000:221"),
    ] as [(String, String)])
  func `an address is read and written in the usual form`(text: String, usual: String) throws {
    #expect(try #require(IPAddress(text)).description == usual)
    #expect(IPAddress(usual) == IPAddress(text))
  }

  @Test(
    arguments: [
      "", " ", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "0x7f.0.0.1", "2130706433",
      "1.2.3.-4",
      "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/32", "1.2.3.4:80", ":", ":::", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "1.2.3.4::", "::1.2.3", "::1.2.3.4:1", "fe80::1%eth0",
      "[::1]",
      "1:", ":1", "1:::2", "-1::", "+1::", "１.2.3.4",
    ] as [String])
  func `what is no address is none`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(
    arguments: [
      ("203.0.113.0/24", "203.0.113.0", true), ("203.0.113.0/24", "203.0.113.255", true),
      ("203.0.113.0/24", "203.0.114.0", false), ("203.0.113.0/24", "203.0.112.255", false),
      ("203.0.113.128/25", "203.0.113.127", false), ("10.0.0.0/8", "10.255.255.255", true),
      ("10.0.0.0/8", "11.0.0.0", false),
      ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false), ("0.0.0.0/0", "2001:db8::1", false),
      ("203.0.113.9", "203.0.113.9", true), ("203.0.113.9", "203.0.113.8", false),
      ("203.0.113.9/32", "::ffff:203.0.113.9", true),
      ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
      ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", true),
      ("2001:db8::/64", "2001:db8:0:1::", false), ("2001:db8::/65", "2001:db8:0:0:8000::", false),
      ("2001:db8::1", "2001:db8::1", true), ("2001:db8::1", "2001:db8::2", false),
      ("2001:db8::/127", "2001:db8::1", true),
      ("::ffff:0:0/96", "10.0.0.1", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
      ("::ffff:10.0.0.0/104", "11.0.0.0", false),
    ] as [(String, String, Bool)])
  func `a range has those addresses that begin as it does`(range: String, address: String, isIn: Bool) throws {
    #expect(try #require(CIDRBlock(range)).contains(try #require(IPAddress(address))) == isIn)
  }

  @Test(
    arguments: [
      "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
      "10.0.0.0/ 8",
      "10.1.2.3/8", "203.0.113.1/31", "2001:db8::/129", "2001:db8::1/64", "::/x", "host/8", "10.0.0.0/1000", "10.0.0/8",
      "1.0.0.0/0",
    ] as [String])
  func `what is no range is none`(text: String) {
    #expect(CIDRBlock(text) == nil)
  }

  @Test(
    arguments: [
      ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("2001:db8::/32", "2001:db8::/32"), ("::1", "::1/128"),
      ("::/0", "::/0"),
    ] as [(String, String)])
  func `a range is written as it is read`(text: String, written: String) {
    #expect(CIDRBlock(text)?.description == written)
  }

  @Test func `a list is of ranges, and Unix sockets where it says so`() throws {
    let list = try #require(AddressList("10.0.0.0/8, 2001:db8::/32,unix"))
    #expect(list.contains(IPAddress("10.2.3.4")) && list.contains(IPAddress("2001:db8::9")) && list.contains(nil))
    #expect(!list.contains(IPAddress("192.0.2.1")) && !list.isEmpty)
    #expect(AddressList("10.0.0.0/8")?.contains(nil) == false)
    #expect(AddressList.none.isEmpty && !AddressList.none.contains(nil))
    for wrong in ["", ",", "10.0.0.0/8,", "10.0.0.0/8,,unix", "Unix", "10.0.0.0/8 unix", "all"] {
      #expect(AddressList(wrong) == nil, "\(wrong)")
    }
    let most = Array(repeating: "::1", count: AddressList.entriesMax)
    #expect(AddressList(most.joined(separator: ",")) != nil)
    #expect(AddressList((most + ["::1"]).joined(separator: ",")) == nil)
  }
}
