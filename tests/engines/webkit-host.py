#!/usr/bin/python3
"""A window with WebKitGTK that WebKitWebDriver drives, and that keeps its data in the folder EARSHOT_PROFILE.

MiniBrowser is always private when it is driven: what a page stores dies with it, so it cannot show what survives.
"""
import os

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2

folder = os.environ["EARSHOT_PROFILE"]
data = WebKit2.WebsiteDataManager(base_data_directory=folder, base_cache_directory=folder)
data.get_cookie_manager().set_persistent_storage(os.path.join(folder, "cookies"), WebKit2.CookiePersistentStorage.SQLITE)
context = WebKit2.WebContext(website_data_manager=data)
context.set_automation_allowed(True)


def allow(_view, request):
    """The microphone."""
    request.allow()
    return True


def show(_session):
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    view.connect("permission-request", allow)
    window = Gtk.Window(default_width=1280, default_height=800)
    window.add(view)
    window.show_all()
    return view


def begin(_context, session):
    name = WebKit2.ApplicationInfo.new()
    name.set_name("Earshot")
    session.set_application_info(name)
    session.connect("create-web-view", show)


# Whoever taps by a program does not wait for what slides in.
Gtk.Settings.get_default().props.gtk_enable_animations = False
context.connect("automation-started", begin)
Gtk.main()
