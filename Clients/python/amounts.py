"""Amounts of money as people read them."""

from decimal import Decimal

# The currencies of ISO 4217 whose amounts do not have two decimals.
OTHER_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS = {code: decimals for decimals, codes in OTHER_DECIMALS.items() for code in codes.split()}


def shown(money) -> str:
    """`    19.99 EUR`, `     1999 JPY` or `    1.999 KWD`."""
    decimals = DECIMALS.get(money.currency, 2)
    return f"{Decimal(money.amount_minor).scaleb(-decimals):9.{decimals}f} {money.currency}"
