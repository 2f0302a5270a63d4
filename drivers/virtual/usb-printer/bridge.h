/* What the two halves of the bridge share: usbfs.c plays the kernel, main.c speaks with the printer's model.
 *
 * A model connects to the socket and plugs a printer in; each connection is one printer. Frames, both ways: one byte
 * of kind, three of padding, the payload's length and the payload, numbers as this machine writes them.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdint.h>
#include <umockdev.h>

enum from_model {
    PLUG = 'P',    /* a device in umockdev's format, its number as @number@ and @NUMBER@: plug it in */
    UNPLUG = 'U',  /* pull it out */
    CREDIT = 'C',  /* u32: so many more bytes of data may come */
    ANSWER = 'A',  /* bytes for the computer */
    RESPONSE = 'R',/* u32: which control request; i32: 0 or a negative errno; then its data */
    BUSY = 'B',    /* u32: not 0 while another program holds the interface */
};

enum to_model {
    PLUGGED = 'P', /* it is there */
    GONE = 'U',    /* it is not */
    DATA = 'D',    /* bytes from the computer, never more than were allowed */
    REQUEST = 'Q', /* a control request: u32 its number, 8 bytes of setup, then its data */
    CLAIMED = 'O', /* a program has the interface */
    RELEASED = 'L',/* it has it no more */
};

struct frame {
    uint8_t kind;
    uint8_t padding[3];
    uint32_t length;
};

/* Writes a frame to the model; a model that is gone is noticed where it is read. */
void tell_model(int model, enum to_model kind, const void *payload, uint32_t length);

/* One printer in the kernel's eyes. */
#define TYPE_USB_PRINTER (usb_printer_get_type())
G_DECLARE_FINAL_TYPE(UsbPrinter, usb_printer, USB, PRINTER, UMockdevIoctlBase)

/* `ready` is both ends of the pipe that stands for the device node, `driver_link` the link that shows the driver. */
UsbPrinter *usb_printer_new(int model, int ready, const char *driver_link);
/* Tells the model that it is there, and then who was quicker and has the interface already. */
void usb_printer_announce(UsbPrinter *printer);
void usb_printer_allow(UsbPrinter *printer, uint32_t bytes);
void usb_printer_answer(UsbPrinter *printer, const void *bytes, uint32_t length);
void usb_printer_respond(UsbPrinter *printer, uint32_t number, int status, const void *data, uint32_t length);
void usb_printer_set_busy(UsbPrinter *printer, gboolean busy);
/* The cable is out: every transfer ends, every call fails from now on. */
void usb_printer_disconnect(UsbPrinter *printer);

#endif
