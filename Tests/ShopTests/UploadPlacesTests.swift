import Platform
import Testing

@Suite struct UploadPlacesTests {
  @Test(
    "a holder has some places, and gets one back when an upload ends",
    arguments: [(UploadHolder.seller(.made(at: .now)), 4), (UploadHolder.account(.made(at: .now)), 2)])
  func ofOneHolder(holder: UploadHolder, countMax: Int) {
    let places = UploadPlaces()
    for _ in 0..<countMax { #expect(places.begin(for: holder)) }
    #expect(!places.begin(for: holder))
    places.end(for: holder)
    #expect(places.begin(for: holder))
    #expect(!places.begin(for: holder))
  }

  @Test("all accounts together leave most places to sellers")
  func ofAccounts() {
    let places = UploadPlaces()
    let accounts = (0...UploadPlaces.countOfAccountsMax).map { _ in UploadHolder.account(.made(at: .now)) }
    for account in accounts.dropLast() { #expect(places.begin(for: account)) }
    #expect(!places.begin(for: accounts[accounts.count - 1]))
    let free = UploadPlaces.countMax - UploadPlaces.countOfAccountsMax
    for _ in 0..<free { #expect(places.begin(for: .seller(.made(at: .now)))) }
    #expect(!places.begin(for: .seller(.made(at: .now))))
    places.end(for: accounts[0])
    #expect(places.begin(for: accounts[accounts.count - 1]))
  }
}
