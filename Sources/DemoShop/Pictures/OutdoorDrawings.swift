/// Drawings of what is used outside: sports and gardens.
enum OutdoorDrawings {
  static let bicycle = """
    <g fill="none" stroke="#2a2b2e" stroke-width="13"><circle cx="220" cy="400" r="118"/><circle cx="580" cy="400" \
    r="118"/></g>
    <g fill="none" stroke="#c5c9ce" stroke-width="2"><circle cx="220" cy="400" r="108"/><circle cx="580" cy="400" \
    r="108"/><path d="M220 292 V508 M112 400 H328 M144 324 L296 476 M144 476 L296 324 M580 292 V508 M472 400 H688 \
    M504 324 L656 476 M504 476 L656 324"/></g>
    <path d="M220 400 L310 230 L520 215 L385 405 Z M310 230 L385 405 M220 400 H385" fill="none" stroke="url(#body)" \
    stroke-width="16" stroke-linejoin="round"/>
    <path d="M505 165 L580 400" stroke="url(#side)" stroke-width="15" stroke-linecap="round"/>
    <path d="M310 230 L297 190" stroke="url(#metal)" stroke-width="12"/>
    <path d="M245 180 Q300 165 350 182 Q340 200 300 198 Q262 200 245 180 Z" fill="#3a2a22"/>
    <path d="M505 168 Q500 140 545 138 Q590 142 570 176" fill="none" stroke="#2a2b2e" stroke-width="12" \
    stroke-linecap="round"/>
    <circle cx="385" cy="405" r="32" fill="none" stroke="#8d9299" stroke-width="9"/>
    <path d="M385 405 L420 455 M402 460 H442" stroke="#44474c" stroke-width="10" stroke-linecap="round"/>
    <circle cx="220" cy="400" r="12" fill="#777c83"/><circle cx="580" cy="400" r="12" fill="#777c83"/>
    """

  static let helmet = """
    <path d="M150 400 Q150 150 400 150 Q640 150 665 385 Q670 420 630 420 H190 Q150 430 150 400 Z" fill="url(#body)"/>
    <path d="M290 190 Q250 270 255 380 L310 380 Q305 260 345 172 Z M420 165 Q400 260 405 380 H455 Q460 260 480 178 Z \
    M545 210 Q555 290 552 378 L600 372 Q600 300 585 245 Z" fill="#24262a"/>
    <path d="M180 370 Q190 210 330 172" fill="none" stroke="#fff" stroke-width="12" opacity="0.3" \
    stroke-linecap="round"/>
    <path d="M150 392 Q400 372 668 386 Q668 420 630 420 H190 Q150 430 150 392 Z" fill="url(#side)"/>
    <path d="M260 420 Q330 530 400 525 Q480 520 540 420" fill="none" stroke="#2b2c30" stroke-width="13"/>
    <rect x="375" y="508" width="56" height="26" rx="8" fill="#17181a"/>
    """

  static let backpack = """
    <path d="M340 110 Q400 40 460 110" fill="none" stroke="url(#side)" stroke-width="20"/>
    <rect x="215" y="250" width="60" height="220" rx="28" fill="url(#side)"/>
    <rect x="525" y="250" width="60" height="220" rx="28" fill="url(#side)"/>
    <path d="M245 240 Q245 95 400 95 Q555 95 555 240 V470 Q555 520 505 520 H295 Q245 520 245 470 Z" fill="url(#body)"/>
    <path d="M250 235 Q250 100 400 100 Q550 100 550 235 Q400 285 250 235 Z" fill="url(#light)" opacity="0.8"/>
    <rect x="290" y="335" width="220" height="150" rx="28" fill="url(#side)"/>
    <path d="M300 375 H500" stroke="#d9d5cb" stroke-width="6"/><rect x="480" y="370" width="12" height="34" rx="5" \
    fill="#eeeae0"/>
    <rect x="330" y="225" width="20" height="115" fill="#2c2a28"/><rect x="450" y="225" width="20" height="115" \
    fill="#2c2a28"/><rect x="324" y="290" width="32" height="24" rx="4" fill="url(#metal)"/>
    <rect x="444" y="290" width="32" height="24" rx="4" fill="url(#metal)"/>
    """

  static let tent = """
    <path d="M400 130 L700 500 H520 Z" fill="url(#side)"/>
    <path d="M400 130 L100 500 H600 Z" fill="url(#body)"/>
    <path d="M400 130 L250 500 H470 Z" fill="#2b2722"/>
    <path d="M400 130 L250 500 H310 Q340 320 400 130 Z" fill="url(#light)"/>
    <path d="M400 130 L470 500 H440 Q430 300 400 130 Z" fill="url(#light)"/>
    <path d="M100 500 L60 522 M700 500 L740 520 M400 130 L395 105" stroke="#8b7a5c" stroke-width="6"/>
    <path d="M170 470 L380 190" stroke="#fff" stroke-width="8" opacity="0.22"/>
    """

  private static func pot(_ left: Int, _ right: Int, _ top: Int) -> String {
    """
    <path d="M\(left) \(top) H\(right) L\(right - 30) 520 Q\(right - 34) 530 \(right - 46) 530 H\(left + 46) \
    Q\(left + 34) 530 \(left + 30) 520 Z" fill="url(#body)"/>
    <rect x="\(left - 14)" y="\(top - 16)" width="\(right - left + 28)" height="44" rx="8" fill="url(#light)"/>
    """
  }

  private static func leaf(_ x: Int, _ y: Int, _ turn: Int, _ size: Int, _ fill: String) -> String {
    """
    <g transform="translate(\(x) \(y)) rotate(\(turn)) scale(\(Double(size) / 100))"><path d="M0 0 C-60 -50 -55 -150 0 \
    -200 C55 -150 60 -50 0 0 Z" fill="\(fill)"/><path d="M0 0 V-185" stroke="#fff" stroke-width="4" opacity="0.25"/></g>
    """
  }

  static let plant: String = {
    let leaves = [
      (400, 390, -62, 105, "#3f7a4a"), (400, 390, 60, 108, "#39704a"), (400, 390, -34, 130, "#4f8f56"),
      (400, 390, 36, 132, "#478a52"), (400, 390, -8, 152, "#5aa063"), (400, 390, 14, 128, "#6bb071"),
      (400, 395, -88, 82, "#33683f"), (400, 395, 90, 82, "#2f613b"),
    ]
    return leaves.map { leaf($0.0, $0.1, $0.2, $0.3, $0.4) }.joined(separator: "\n") + pot(300, 500, 395)
  }()

  static let herb: String = {
    let stems = [-40, -26, -13, 0, 12, 25, 39]
    let drawn = stems.enumerated().map { index, turn in
      let leaves = (1...5).map { step in
        let side = step % 2 == 0 ? 52 : -52
        return leaf(0, -step * 44, side, 27 + (5 - step) * 3, step % 2 == 0 ? "#6f9a63" : "#5a8752")
      }
      return """
        <g transform="translate(\(370 + index * 10) 400) rotate(\(turn))"><path d="M0 10 V-240" stroke="#7b8f5b" \
        stroke-width="6"/>\(leaves.joined())\(leaf(0, -220, 0, 26, "#82ad74"))</g>
        """
    }
    return drawn.joined(separator: "\n") + pot(305, 495, 400)
  }()

  static let spade = """
    <g transform="rotate(24 400 310)">
    <rect x="386" y="70" width="28" height="300" rx="12" fill="url(#body)"/>
    <path d="M345 50 H455 Q465 50 465 62 L450 92 H350 L335 62 Q335 50 345 50 Z" fill="url(#side)"/>
    <rect x="378" y="320" width="44" height="60" rx="6" fill="url(#dark)"/>
    <path d="M320 372 H480 L474 490 Q450 555 400 575 Q350 555 326 490 Z" fill="url(#metal)"/>
    <path d="M400 380 V560" stroke="#fff" stroke-width="6" opacity="0.5"/>
    </g>
    """

  static let wateringCan = """
    <path d="M500 400 L640 240 L668 262 L540 470 Z" fill="url(#side)"/>
    <path d="M620 205 L700 275 L672 300 L608 250 Z" fill="url(#light)"/>
    <path d="M230 300 Q110 300 130 410 Q150 480 240 470" fill="none" stroke="url(#side)" stroke-width="24"/>
    <path d="M260 270 Q380 110 500 270" fill="none" stroke="url(#side)" stroke-width="22"/>
    <path d="M225 270 H525 L545 500 Q545 522 520 522 H230 Q205 522 205 500 Z" fill="url(#body)"/>
    <ellipse cx="375" cy="270" rx="150" ry="28" fill="url(#side)"/>
    <ellipse cx="375" cy="272" rx="126" ry="18" fill="#262a2e"/>
    <path d="M250 310 L238 490" stroke="#fff" stroke-width="14" opacity="0.25" stroke-linecap="round"/>
    <path d="M212 430 H540" stroke="#000" stroke-width="4" opacity="0.15"/>
    """
}
