import Pricing
