/// Drawings of electronics.
enum ElectronicDrawings {
  static let headphones = """
    <path d="M215 380 C190 60 610 60 585 380" fill="none" stroke="url(#side)" stroke-width="34"/>
    <path d="M232 330 C230 100 570 100 568 330" fill="none" stroke="url(#light)" stroke-width="10"/>
    <rect x="170" y="300" width="95" height="200" rx="46" fill="url(#body)"/>
    <rect x="245" y="315" width="52" height="170" rx="26" fill="url(#dark)"/>
    <rect x="535" y="300" width="95" height="200" rx="46" fill="url(#body)"/>
    <rect x="503" y="315" width="52" height="170" rx="26" fill="url(#dark)"/>
    <rect x="186" y="330" width="12" height="130" rx="6" fill="#fff" opacity="0.25"/>
    <rect x="552" y="330" width="12" height="130" rx="6" fill="#fff" opacity="0.25"/>
    """

  static let speaker = """
    <path d="M490 110 L560 90 V500 L490 520 Z" fill="url(#side)"/>
    <rect x="270" y="110" width="220" height="410" rx="10" fill="url(#body)"/>
    <circle cx="380" cy="215" r="52" fill="url(#dark)"/><circle cx="380" cy="215" r="22" fill="url(#metal)"/>
    <circle cx="380" cy="390" r="92" fill="url(#dark)"/><circle cx="380" cy="390" r="76" fill="#2c2e33"/>
    <circle cx="380" cy="390" r="58" fill="#3a3d43"/><circle cx="380" cy="390" r="26" fill="url(#dark)"/>
    <path d="M325 345 A70 70 0 0 1 400 322" fill="none" stroke="#fff" stroke-width="6" opacity="0.25"/>
    <circle cx="470" cy="500" r="5" fill="#7fd38a"/>
    """

  static let turntable = """
    <path d="M150 330 H650 L690 470 H110 Z" fill="url(#body)"/>
    <path d="M110 470 H690 V515 Q690 525 680 525 H120 Q110 525 110 515 Z" fill="url(#side)"/>
    <ellipse cx="360" cy="398" rx="185" ry="58" fill="url(#dark)"/>
    <ellipse cx="360" cy="394" rx="180" ry="55" fill="#1b1c1f"/>
    <ellipse cx="360" cy="394" rx="140" ry="43" fill="none" stroke="#3d3f45" stroke-width="3"/>
    <ellipse cx="360" cy="394" rx="105" ry="32" fill="none" stroke="#3d3f45" stroke-width="3"/>
    <ellipse cx="360" cy="394" rx="62" ry="19" fill="#c8573f"/><ellipse cx="360" cy="394" rx="7" ry="3" fill="#eee"/>
    <circle cx="600" cy="362" r="24" fill="url(#metal)"/>
    <path d="M600 360 L615 440 L520 428" fill="none" stroke="#d9dde1" stroke-width="9" stroke-linejoin="round"/>
    <rect x="492" y="418" width="38" height="16" rx="4" fill="#222"/>
    <path d="M150 330 L190 130 H610 L650 330 Z" fill="#cfe0ea" opacity="0.35"/>
    <path d="M220 300 L250 150 H300 L262 300 Z" fill="#fff" opacity="0.45"/>
    """

  static let laptop = """
    <rect x="200" y="130" width="400" height="270" rx="16" fill="url(#side)"/>
    <rect x="214" y="144" width="372" height="240" rx="6" fill="#16202e"/>
    <path d="M214 300 C300 230 380 340 470 270 S586 230 586 250 V384 H214 Z" fill="#3f78a8"/>
    <path d="M214 340 C300 290 400 370 586 300 V384 H214 Z" fill="#6fb0c9"/>
    <circle cx="500" cy="205" r="26" fill="#f3d08a"/>
    <path d="M214 144 H400 L300 384 H214 Z" fill="#fff" opacity="0.07"/>
    <path d="M190 400 H610 L680 490 H120 Z" fill="url(#body)"/>
    <path d="M222 412 H578 L604 446 H196 Z" fill="#2a2d33"/>
    <path d="M196 446 L222 412 M268 446 L284 412 M340 446 L346 412 M412 446 H412 L410 412 M484 446 L474 412 M556 446 \
    L538 412 M206 430 H594" stroke="#5a5f67" stroke-width="3"/>
    <path d="M345 456 H455 L464 482 H336 Z" fill="url(#light)"/>
    <path d="M120 490 H680 V500 Q680 510 665 510 H135 Q120 510 120 500 Z" fill="url(#side)"/>
    """

  static let keyboard: String = {
    let keys = (0..<4).flatMap { row in
      (0..<12).map { column in
        let x = 150 + column * 42 - row * 4 + row * 1
        let fill = (row * 12 + column) % 11 == 3 ? "url(#light)" : "#f5f3ee"
        return """
          <rect x="\(x)" y="\(300 + row * 42)" width="36" height="34" rx="6" fill="#00000055"/>\
          <rect x="\(x)" y="\(294 + row * 42)" width="36" height="34" rx="6" fill="\(fill)"/>
          """
      }
    }
    return """
      <path d="M130 270 H670 Q684 270 686 284 L706 490 H94 L114 284 Q116 270 130 270 Z" fill="url(#body)"/>
      <path d="M94 490 H706 V502 Q706 514 690 514 H110 Q94 514 94 502 Z" fill="url(#side)"/>
      \(keys.joined(separator: "\n"))
      <rect x="270" y="464" width="250" height="16" rx="6" fill="#f5f3ee"/>
      """
  }()

  static let monitor = """
    <path d="M360 420 H440 L455 500 H345 Z" fill="url(#metal)"/>
    <ellipse cx="400" cy="508" rx="130" ry="22" fill="url(#body)"/>
    <rect x="120" y="100" width="560" height="330" rx="14" fill="url(#side)"/>
    <rect x="134" y="114" width="532" height="290" rx="4" fill="#12202c"/>
    <path d="M134 404 L290 230 L380 320 L480 190 L666 404 Z" fill="#2f6f73"/>
    <path d="M134 404 L250 300 L340 380 L420 310 L520 404 Z" fill="#58a08f"/>
    <circle cx="570" cy="180" r="34" fill="#f0b76a"/>
    <path d="M134 114 H420 L260 404 H134 Z" fill="#fff" opacity="0.08"/>
    """

  static let phone = """
    <rect x="300" y="90" width="210" height="430" rx="36" fill="url(#side)"/>
    <rect x="292" y="90" width="210" height="430" rx="36" fill="url(#body)"/>
    <rect x="304" y="102" width="186" height="406" rx="26" fill="#101722"/>
    <path d="M304 330 C360 260 430 380 490 300 V482 Q490 508 464 508 H330 Q304 508 304 482 Z" fill="#e38b5b"/>
    <path d="M304 400 C370 340 430 440 490 380 V482 Q490 508 464 508 H330 Q304 508 304 482 Z" fill="#b8506a"/>
    <circle cx="440" cy="200" r="30" fill="#f6dca0"/>
    <rect x="370" y="114" width="54" height="14" rx="7" fill="#000"/>
    <path d="M330 102 H420 L340 508 H330 Q304 508 304 482 V128 Q304 102 330 102 Z" fill="#fff" opacity="0.1"/>
    """

  static let charger = """
    <path d="M400 480 C360 560 560 560 560 450 S640 330 610 260" fill="none" stroke="#e9e7e2" stroke-width="14"/>
    <rect x="596" y="210" width="30" height="60" rx="8" fill="url(#metal)"/>
    <rect x="300" y="220" width="200" height="270" rx="34" fill="url(#body)"/>
    <rect x="345" y="140" width="20" height="84" rx="6" fill="url(#metal)"/>
    <rect x="435" y="140" width="20" height="84" rx="6" fill="url(#metal)"/>
    <rect x="368" y="440" width="64" height="22" rx="11" fill="#1c1d20"/>
    <path d="M410 280 L365 360 H400 L388 425 L438 335 H402 Z" fill="#fff" opacity="0.8"/>
    <rect x="314" y="240" width="16" height="220" rx="8" fill="#fff" opacity="0.22"/>
    """

  static let camera = """
    <path d="M300 190 L330 140 H470 L500 190 Z" fill="url(#side)"/>
    <rect x="160" y="185" width="480" height="310" rx="34" fill="url(#body)"/>
    <rect x="160" y="255" width="480" height="170" fill="#2a2b2f"/>
    <rect x="200" y="160" width="66" height="30" rx="8" fill="url(#metal)"/>
    <circle cx="570" cy="220" r="18" fill="#c8d7df"/>
    <circle cx="400" cy="345" r="140" fill="url(#metal)"/><circle cx="400" cy="345" r="122" fill="#1d1e22"/>
    <circle cx="400" cy="345" r="88" fill="#2d3b52"/><circle cx="400" cy="345" r="56" fill="#15202f"/>
    <circle cx="366" cy="308" r="24" fill="#9fc3e6" opacity="0.75"/><circle cx="438" cy="384" r="11" fill="#c9a7e0"/>
    """

  static let tripod = """
    <path d="M400 250 L250 530" stroke="url(#side)" stroke-width="20" stroke-linecap="round"/>
    <path d="M400 250 L550 530" stroke="#3a3c41" stroke-width="20" stroke-linecap="round"/>
    <path d="M399 240 L405 545" stroke="#55585f" stroke-width="22" stroke-linecap="round"/>
    <path d="M340 375 L460 375" stroke="#8f959c" stroke-width="8"/>
    <rect x="380" y="140" width="40" height="150" rx="10" fill="url(#body)"/>
    <circle cx="400" cy="240" r="34" fill="url(#dark)"/>
    <rect x="335" y="105" width="130" height="36" rx="8" fill="url(#body)"/>
    <path d="M430 190 L560 240" stroke="url(#dark)" stroke-width="16" stroke-linecap="round"/>
    <rect x="530" y="222" width="70" height="26" rx="12" fill="#1f2023" transform="rotate(21 565 235)"/>
    """
}
