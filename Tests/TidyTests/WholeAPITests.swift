import FastShopAPI
import Protobuf
import Testing

@Suite("The list of the whole API")
struct WholeAPITests {
  @Test("has every .proto file of every domain, once")
  func everyFile() {
    let files = SourceTree.files.filter { $0.isUnder("Proto/fastshop") && $0.has(".proto") }
    #expect(fastshopAPIFiles.map(\.name).sorted() == files.map { String($0.path.dropFirst("Proto/".count)) }.sorted())
  }
}
