internal import EventLoop
internal import FoundationEssentials
internal import HTTPClient
internal import Platform

/// Asks the VIES service of the European Commission whether the authorities know a tax number.
final class TaxNumberService: Sendable {
  /// The time limit of a request with all its attempts: a buyer waits for it.
  static let timeLimit: Duration = .seconds(8)
  private static let answerBytesMax = 65_536
  private static let ok = 200

  private struct Question: Encodable {
    let countryCode: String
    let vatNumber: String
  }

  private struct Answer: Decodable {
    let countryCode: String
    let vatNumber: String
    let valid: Bool
  }

  private let http: HTTPClient
  let client: ProviderClient
  private let attemptLimit: Duration
  private let url: String

  /// The service at a URL, such as `https://ec.europa.eu/taxation_customs/vies/rest-api`.
  init(_ url: String, on loop: EventLoop, timeLimit: Duration = TaxNumberService.timeLimit) {
    http = HTTPClient(on: loop)
    client = ProviderClient("vies", http, on: loop, timeLimit: timeLimit)
    attemptLimit = timeLimit / 2
    self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/check-vat-number"
  }

  /// Whether the authorities know a number; nil when the service cannot say, or says something of another number.
  func isRegistered(_ number: TaxNumber) async -> Bool? {
    let question = Question(countryCode: number.prefix, vatNumber: number.rest)
    let encoder = JSONEncoder()
    // The same question is the same bytes.
    encoder.outputFormatting = .sortedKeys
    guard let body = try? encoder.encode(question) else { return nil }
    var request = HTTPClientRequest(
      "POST", url, headers: [HTTPField("content-type", "application/json"), HTTPField("accept", "application/json")],
      body: Array(body))
    request.timeout = attemptLimit
    request.responseBytesMax = Self.answerBytesMax
    guard let response = try? await client.send(.reading(request)), response.status == Self.ok,
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)),
      answer.countryCode == number.prefix, TaxNumber.plain(answer.vatNumber) == number.rest
    else { return nil }
    return answer.valid
  }

  /// Ends the connections.
  func close() async { await http.close() }
}
