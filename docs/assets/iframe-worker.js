// A page that was opened from the disk may start no worker: browsers give such files no origin. The
// search's worker runs in a hidden frame there, which has the same two doors, postMessage and onmessage.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(url) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.addEventListener("load", () => this.start(url), { once: true });
      document.documentElement.append(this.frame);
    }

    start(url) {
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => this.onmessage?.({ data });
      const script = inside.document.createElement("script");
      script.src = url;
      script.onload = () => {
        this.inside = inside;
        this.waiting.splice(0).forEach((data) => inside.onmessage({ data }));
      };
      script.onerror = (event) => this.onerror?.(event);
      inside.document.documentElement.append(script);
    }

    postMessage(data) {
      if (this.inside) setTimeout(() => this.inside?.onmessage({ data }));
      else this.waiting.push(data);
    }

    terminate() {
      this.inside = undefined;
      this.frame.remove();
    }
  };
}
