/// Drawings of clothes and shoes.
enum ClothingDrawings {
  /// A hanger, before which clothes hang.
  private static let hanger = """
    <path d="M400 92 V70 Q400 50 418 50 Q436 50 432 70" fill="none" stroke="#8c9096" stroke-width="7"/>
    <path d="M400 90 L520 150 H280 Z" fill="none" stroke="url(#wood)" stroke-width="14" stroke-linejoin="round"/>
    """

  static let dress = """
    \(hanger)
    <path d="M335 120 L300 140 L312 270 Q330 300 318 330 L235 540 Q400 575 565 540 L482 330 Q470 300 488 270 L500 140 \
    L465 120 Q400 190 335 120 Z" fill="url(#body)"/>
    <path d="M318 322 Q400 345 482 322 L484 340 Q400 364 314 342 Z" fill="url(#side)"/>
    <path d="M350 360 Q340 460 310 552 M400 366 V562 M450 360 Q460 460 490 552" fill="none" stroke="#000" \
    stroke-width="5" opacity="0.12"/>
    <path d="M325 150 L333 270" stroke="#fff" stroke-width="8" opacity="0.2"/>
    """

  static let coat = """
    \(hanger)
    <path d="M320 118 L240 160 L190 430 L250 445 L285 270 L275 545 H525 L515 270 L550 445 L610 430 L560 160 L480 118 \
    Q400 160 320 118 Z" fill="url(#body)"/>
    <path d="M320 118 L345 110 L400 210 L455 110 L480 118 L500 190 L440 220 L400 300 L360 220 L300 190 Z" \
    fill="url(#side)"/>
    <path d="M400 290 V545" stroke="#000" stroke-width="5" opacity="0.3"/>
    <circle cx="420" cy="330" r="9" fill="#2a2420"/><circle cx="420" cy="390" r="9" fill="#2a2420"/>
    <circle cx="420" cy="450" r="9" fill="#2a2420"/>
    <path d="M300 420 L360 410 V425 L300 435 Z M500 420 L440 410 V425 L500 435 Z" fill="url(#side)"/>
    <path d="M262 190 L225 420" stroke="#fff" stroke-width="10" opacity="0.14"/>
    """

  static let shirt = """
    \(hanger)
    <path d="M325 118 L235 160 L165 330 L235 365 L285 285 L280 520 Q400 535 520 520 L515 285 L565 365 L635 330 \
    L565 160 L475 118 Q400 170 325 118 Z" fill="url(#body)"/>
    <path d="M325 118 L400 175 L362 225 L310 140 Z M475 118 L400 175 L438 225 L490 140 Z" fill="url(#light)"/>
    <path d="M400 178 V528" stroke="#000" stroke-width="4" opacity="0.2"/>
    <circle cx="400" cy="260" r="6" fill="#fff"/><circle cx="400" cy="325" r="6" fill="#fff"/>
    <circle cx="400" cy="390" r="6" fill="#fff"/><circle cx="400" cy="455" r="6" fill="#fff"/>
    <path d="M445 265 H500 V325 L472 340 L445 325 Z" fill="url(#side)" opacity="0.5"/>
    <path d="M285 285 L300 220 M515 285 L500 220" stroke="#000" stroke-width="5" opacity="0.15"/>
    """

  static let trousers = """
    <path d="M270 80 H530 L560 545 H440 L402 250 L362 545 H240 Z" fill="url(#body)"/>
    <path d="M270 80 H530 L533 118 H268 Z" fill="url(#side)"/>
    <path d="M310 78 V122 M400 78 V122 M490 78 V122" stroke="url(#light)" stroke-width="12"/>
    <circle cx="400" cy="100" r="8" fill="#d8d2c4"/>
    <path d="M400 120 V250 M275 125 Q320 160 330 120 M525 125 Q480 160 470 120" fill="none" stroke="#000" \
    stroke-width="4" opacity="0.25"/>
    <path d="M310 160 L292 540 M490 160 L508 540" stroke="#fff" stroke-width="6" opacity="0.16"/>
    <path d="M244 522 H365 L362 545 H240 Z M437 522 H557 L560 545 H440 Z" fill="url(#light)" opacity="0.6"/>
    """

  static let dungarees = """
    <path d="M336 205 Q330 110 360 66 H440 Q470 110 464 205" stroke="url(#side)" stroke-width="24" fill="none"/>
    <path d="M320 190 H480 L490 320 H545 L555 540 H435 L402 410 L368 540 H245 L255 320 H310 Z" fill="url(#body)"/>
    <rect x="355" y="225" width="90" height="70" rx="6" fill="url(#light)"/>
    <circle cx="336" cy="200" r="11" fill="#e3c15b"/><circle cx="464" cy="200" r="11" fill="#e3c15b"/>
    <path d="M402 330 V410 M262 345 Q300 390 315 330 M538 345 Q500 390 485 330" fill="none" stroke="#000" \
    stroke-width="5" opacity="0.2"/>
    <rect x="280" y="440" width="60" height="50" rx="6" fill="url(#light)" opacity="0.8"/>
    """

  static let boots = """
    <path d="M395 120 H525 Q520 250 535 330 Q640 360 650 420 V470 H395 Q385 300 395 120 Z" fill="url(#side)"/>
    <path d="M390 470 H655 V492 Q655 500 645 500 H390 Z" fill="#2b2320"/>
    <path d="M215 140 H350 Q345 270 360 350 Q480 385 490 445 V490 H215 Q200 320 215 140 Z" fill="url(#body)"/>
    <path d="M210 490 H495 V514 Q495 522 485 522 H210 Z" fill="#332924"/>
    <path d="M300 200 L345 215 L350 310 L285 330 Q270 260 300 200 Z" fill="url(#side)"/>
    <path d="M235 165 Q228 300 240 450" fill="none" stroke="#fff" stroke-width="9" opacity="0.2"/>
    <path d="M215 140 H350 V162 H214 Z" fill="url(#light)"/><path d="M225 140 q-14 -34 10 -36 q22 4 10 36" \
    fill="none" stroke="url(#side)" stroke-width="8"/>
    """

  static let trainers = """
    <path d="M150 330 Q160 250 215 250 Q270 300 330 270 L380 235 Q420 330 520 365 Q650 385 665 440 V470 H145 \
    Q140 400 150 330 Z" fill="url(#body)"/>
    <path d="M130 455 Q400 480 680 450 Q690 520 650 520 H165 Q125 520 130 455 Z" fill="#f4f2ec"/>
    <path d="M130 490 Q400 512 684 486 Q680 520 650 520 H165 Q130 520 130 490 Z" fill="#d7d2c6"/>
    <path d="M330 270 L380 235 Q420 330 520 365 L470 395 Q370 360 330 270 Z" fill="url(#light)"/>
    <path d="M352 300 L420 262 M378 330 L446 292 M410 352 L474 316 M444 370 L504 338" stroke="#fbfaf6" \
    stroke-width="9" stroke-linecap="round"/>
    <path d="M200 440 Q300 330 420 440" fill="none" stroke="url(#light)" stroke-width="22"/>
    <path d="M150 330 Q160 250 215 250 Q235 270 250 280 Q190 310 190 455 L146 458 Q140 400 150 330 Z" \
    fill="url(#side)"/>
    <path d="M560 385 Q640 395 660 450 L590 455 Q590 410 560 385 Z" fill="url(#side)" opacity="0.6"/>
    """
}
