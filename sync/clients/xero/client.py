"""Xero's Accounting API in our words."""

from sync.clients.xero.contacts import ContactCalls
from sync.clients.xero.invoices import InvoiceCalls
from sync.clients.xero.lists import ListCalls


class XeroClient(InvoiceCalls, ContactCalls, ListCalls):
    """Speaks for one grant to one organisation."""
